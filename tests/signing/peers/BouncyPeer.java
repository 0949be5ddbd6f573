// An AS2 partner made of BouncyCastle, the library inside most AS2 products; for tests.
//
// One command a line on standard input, one answer a line on standard output. Files lie in the
// working folder; NAME.eml is an entity: headers, an empty line, the body.
//
//   make NAME SIGN COMPRESS ENCRYPT   writes NAME.eml with the file payload inside
//                                     (rsa|ec|none, inside|outside|none, aes128|aes256|none)
//   open NAME CERT                    opens NAME.eml, writes NAME.out; gives what signed it and the MIC
//   mdn NAME ORIGINAL MIC             writes NAME.eml, a signed receipt that says processed
//   check NAME CERT                   verifies the signature of the receipt NAME.eml; gives its fields

import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.Security;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.List;
import javax.mail.internet.ContentType;
import javax.mail.internet.InternetHeaders;
import javax.mail.internet.MimeBodyPart;
import javax.mail.internet.MimeMultipart;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.cms.CMSAlgorithm;
import org.bouncycastle.cms.CMSCompressedData;
import org.bouncycastle.cms.CMSEnvelopedData;
import org.bouncycastle.cms.RecipientInformation;
import org.bouncycastle.cms.SignerInformation;
import org.bouncycastle.cms.jcajce.JcaSimpleSignerInfoGeneratorBuilder;
import org.bouncycastle.cms.jcajce.JcaSimpleSignerInfoVerifierBuilder;
import org.bouncycastle.cms.jcajce.JceCMSContentEncryptorBuilder;
import org.bouncycastle.cms.jcajce.JceKeyTransEnvelopedRecipient;
import org.bouncycastle.cms.jcajce.JceKeyTransRecipientInfoGenerator;
import org.bouncycastle.cms.jcajce.ZlibCompressor;
import org.bouncycastle.cms.jcajce.ZlibExpanderProvider;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.mail.smime.SMIMECompressedGenerator;
import org.bouncycastle.mail.smime.SMIMEEnvelopedGenerator;
import org.bouncycastle.mail.smime.SMIMESigned;
import org.bouncycastle.mail.smime.SMIMESignedGenerator;

public class BouncyPeer {
    public static void main(String[] args) throws Exception {
        Security.addProvider(new BouncyCastleProvider());
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            String answer;
            try {
                answer = done(line.split(" "));
            } catch (Exception error) {
                answer = "error " + error.toString().replace('\n', ' ');
            }
            System.out.println(answer);
        }
    }

    static String done(String[] words) throws Exception {
        switch (words[0]) {
            case "make": return make(words[1], words[2], words[3], words[4]);
            case "open": return open(words[1], certificate(words[2]));
            case "mdn": return mdn(words[1], words[2], words[3]);
            case "check": return check(words[1], certificate(words[2]));
            default: throw new IllegalArgumentException(words[0]);
        }
    }

    static String make(String name, String sign, String compress, String encrypt) throws Exception {
        MimeBodyPart part = part("application/json", Files.readAllBytes(Path.of("payload")));
        if (compress.equals("inside")) part = compressed(part);
        if (sign.equals("rsa")) part = signed(part, "RSA", "sign", "SHA256withRSA");
        if (sign.equals("ec")) part = signed(part, "EC", "ec", "SHA256withECDSA");
        if (compress.equals("outside")) part = compressed(part);
        if (encrypt.equals("aes128")) part = encrypted(part, CMSAlgorithm.AES128_CBC);
        if (encrypt.equals("aes256")) part = encrypted(part, CMSAlgorithm.AES256_CBC);
        write(name, part);
        return "made";
    }

    static String open(String name, X509Certificate own) throws Exception {
        MimeBodyPart part = new MimeBodyPart(new ByteArrayInputStream(Files.readAllBytes(Path.of(name + ".eml"))));
        byte[] mic = MessageDigest.getInstance("SHA-256").digest(content(part));
        String by = "unsigned";
        while (true) {
            ContentType type = new ContentType(part.getContentType());
            if (type.match("multipart/signed")) {
                SMIMESigned signed = new SMIMESigned(new MimeMultipart(part.getDataHandler().getDataSource()), "binary");
                SignerInformation signer = only(signed);
                by = verified(signer, own) ? "verified" : "forged";
                mic = signer.getContentDigest();
                part = signed.getContent();
            } else if (type.match("application/pkcs7-mime")) {
                byte[] plain = type.getParameter("smime-type").equals("compressed-data")
                    ? new CMSCompressedData(content(part)).getContent(new ZlibExpanderProvider())
                    : decrypted(content(part));
                if (by.equals("unsigned")) mic = MessageDigest.getInstance("SHA-256").digest(plain);
                part = new MimeBodyPart(new ByteArrayInputStream(plain));
            } else {
                break;
            }
        }
        Files.write(Path.of(name + ".out"), content(part));
        return by + " " + Base64.getEncoder().encodeToString(mic);
    }

    static String mdn(String name, String original, String mic) throws Exception {
        String fields = "Reporting-UA: BouncyPeer\r\nOriginal-Recipient: rfc822; PARTNER\r\nFinal-Recipient: rfc822; PARTNER\r\n"
            + "Original-Message-ID: " + original + "\r\nReceived-Content-MIC: " + mic + ", sha256\r\n"
            + "Disposition: automatic-action/MDN-sent-automatically; processed\r\n\r\n";
        MimeMultipart report = new MimeMultipart("report; report-type=disposition-notification");
        report.addBodyPart(part("text/plain; charset=us-ascii", "Taken.\r\n".getBytes(StandardCharsets.US_ASCII)));
        report.addBodyPart(part("message/disposition-notification", fields.getBytes(StandardCharsets.US_ASCII)));
        MimeBodyPart whole = new MimeBodyPart();
        whole.setContent(report);
        whole.setHeader("Content-Type", report.getContentType());
        write(name, signed(whole, "RSA", "sign", "SHA256withRSA"));
        return "made";
    }

    static String check(String name, X509Certificate own) throws Exception {
        MimeBodyPart part = new MimeBodyPart(new ByteArrayInputStream(Files.readAllBytes(Path.of(name + ".eml"))));
        SMIMESigned signed = new SMIMESigned(new MimeMultipart(part.getDataHandler().getDataSource()), "binary");
        boolean holds = verified(only(signed), own);
        MimeMultipart report = new MimeMultipart(signed.getContent().getDataHandler().getDataSource());
        String fields = new String(content((MimeBodyPart) report.getBodyPart(1)), StandardCharsets.US_ASCII);
        return (holds ? "verified " : "forged ") + String.join("|", fields.trim().split("\r?\n"));
    }

    static SignerInformation only(SMIMESigned signed) {
        List<SignerInformation> signers = List.copyOf(signed.getSignerInfos().getSigners());
        if (signers.size() != 1) throw new IllegalArgumentException("signers: " + signers.size());
        return signers.get(0);
    }

    static boolean verified(SignerInformation signer, X509Certificate own) {
        try {
            return signer.verify(new JcaSimpleSignerInfoVerifierBuilder().setProvider("BC").build(own.getPublicKey()));
        } catch (Exception error) {
            return false;
        }
    }

    static byte[] decrypted(byte[] data) throws Exception {
        RecipientInformation recipient = new CMSEnvelopedData(data).getRecipientInfos().getRecipients().iterator().next();
        return recipient.getContent(new JceKeyTransEnvelopedRecipient(key("RSA", "decrypt")));
    }

    static MimeBodyPart part(String type, byte[] data) throws Exception {
        MimeBodyPart part = new MimeBodyPart(new InternetHeaders(), data);
        part.setHeader("Content-Type", type);
        part.setHeader("Content-Transfer-Encoding", type.startsWith("application") ? "binary" : "7bit");
        return part;
    }

    static MimeBodyPart signed(MimeBodyPart part, String kind, String name, String algorithm) throws Exception {
        SMIMESignedGenerator generator = new SMIMESignedGenerator("binary");
        generator.addSignerInfoGenerator(
            new JcaSimpleSignerInfoGeneratorBuilder().setProvider("BC").build(algorithm, key(kind, name), certificate(name)));
        MimeBodyPart whole = new MimeBodyPart();
        MimeMultipart parts = generator.generate(part);
        whole.setContent(parts);
        whole.setHeader("Content-Type", parts.getContentType());
        return whole;
    }

    static MimeBodyPart compressed(MimeBodyPart part) throws Exception {
        SMIMECompressedGenerator generator = new SMIMECompressedGenerator();
        generator.setContentTransferEncoding("binary");
        return generator.generate(part, new ZlibCompressor());
    }

    static MimeBodyPart encrypted(MimeBodyPart part, ASN1ObjectIdentifier cipher) throws Exception {
        SMIMEEnvelopedGenerator generator = new SMIMEEnvelopedGenerator();
        generator.setContentTransferEncoding("binary");
        generator.addRecipientInfoGenerator(new JceKeyTransRecipientInfoGenerator(certificate("our-decrypt")).setProvider("BC"));
        return generator.generate(part, new JceCMSContentEncryptorBuilder(cipher).setProvider("BC").build());
    }

    static void write(String name, MimeBodyPart part) throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        part.writeTo(out);
        Files.write(Path.of(name + ".eml"), out.toByteArray());
    }

    static byte[] content(MimeBodyPart part) throws Exception {
        // A part that was made here has no input stream yet: write it and read it.
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        part.writeTo(out);
        return new MimeBodyPart(new ByteArrayInputStream(out.toByteArray())).getInputStream().readAllBytes();
    }

    static PrivateKey key(String kind, String name) throws Exception {
        byte[] data = Files.readAllBytes(Path.of(name + ".key"));
        return KeyFactory.getInstance(kind, "BC").generatePrivate(new PKCS8EncodedKeySpec(data));
    }

    static X509Certificate certificate(String name) throws Exception {
        byte[] data = Files.readAllBytes(Path.of(name + ".pem"));
        return (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(data));
    }
}
