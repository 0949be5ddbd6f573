// S/MIME with BouncyCastle, the library inside most AS2 products; for tests.
//
// Opens in0.p7m, in1.p7m ... (as many as the argument says) with decrypt.key, verifies their
// signatures with in0.pem ..., writes the payloads; then writes out-rsa.p7m and out-ec.p7m for
// our-decrypt.pem, signed with sign.key and ec.key.

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.Security;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import javax.mail.internet.ContentType;
import javax.mail.internet.InternetHeaders;
import javax.mail.internet.MimeBodyPart;
import javax.mail.internet.MimeMultipart;
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
        for (int number = 0; number < Integer.parseInt(args[0]); number++) {
            open("in" + number);
        }
        MimeBodyPart payload = new MimeBodyPart(new InternetHeaders(), Files.readAllBytes(Path.of("payload")));
        payload.setHeader("Content-Type", "application/edi-x12");
        payload.setHeader("Content-Transfer-Encoding", "binary");
        write(compressed(signed(payload, "RSA", "sign", "SHA256withRSA")), CMSAlgorithm.AES128_CBC, "out-rsa.p7m");
        write(signed(compressed(payload), "EC", "ec", "SHA256withECDSA"), CMSAlgorithm.AES256_CBC, "out-ec.p7m");
    }

    static void open(String name) throws Exception {
        CMSEnvelopedData hidden = new CMSEnvelopedData(Files.readAllBytes(Path.of(name + ".p7m")));
        RecipientInformation recipient = hidden.getRecipientInfos().getRecipients().iterator().next();
        byte[] plain = recipient.getContent(new JceKeyTransEnvelopedRecipient(key("RSA", "decrypt")));
        MimeBodyPart part = new MimeBodyPart(new ByteArrayInputStream(plain));
        boolean verified = false;
        while (true) {
            ContentType type = new ContentType(part.getContentType());
            if (type.match("multipart/signed")) {
                SMIMESigned signed = new SMIMESigned(new MimeMultipart(part.getDataHandler().getDataSource()), "binary");
                X509Certificate own = certificate(name);
                for (SignerInformation signer : signed.getSignerInfos().getSigners()) {
                    verified = signer.verify(new JcaSimpleSignerInfoVerifierBuilder().setProvider("BC").build(own.getPublicKey()));
                }
                part = signed.getContent();
            } else if (type.match("application/pkcs7-mime")) {
                CMSCompressedData small = new CMSCompressedData(bytes(part));
                part = new MimeBodyPart(new ByteArrayInputStream(small.getContent(new ZlibExpanderProvider())));
            } else {
                break;
            }
        }
        Files.write(Path.of(name + ".out"), bytes(part));
        System.out.println(name + (verified ? " verified" : " NOT verified"));
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

    static void write(MimeBodyPart part, org.bouncycastle.asn1.ASN1ObjectIdentifier cipher, String file) throws Exception {
        SMIMEEnvelopedGenerator generator = new SMIMEEnvelopedGenerator();
        generator.setContentTransferEncoding("binary");
        generator.addRecipientInfoGenerator(new JceKeyTransRecipientInfoGenerator(certificate("our-decrypt")).setProvider("BC"));
        MimeBodyPart hidden = generator.generate(part, new JceCMSContentEncryptorBuilder(cipher).setProvider("BC").build());
        Files.write(Path.of(file), bytes(hidden));
    }

    static byte[] bytes(MimeBodyPart part) throws Exception {
        // A part that was made here has no input stream yet: write it and read it.
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        part.writeTo(out);
        InputStream in = new MimeBodyPart(new ByteArrayInputStream(out.toByteArray())).getInputStream();
        return in.readAllBytes();
    }

    static PrivateKey key(String kind, String name) throws Exception {
        byte[] data = Files.readAllBytes(Path.of(name + ".key"));
        return KeyFactory.getInstance(kind, "BC").generatePrivate(new PKCS8EncodedKeySpec(data));
    }

    static X509Certificate certificate(String name) throws Exception {
        try (InputStream in = Files.newInputStream(Path.of(name + ".pem"))) {
            return (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in);
        }
    }
}
