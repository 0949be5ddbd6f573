"""How the HTML report looks, on a screen and on paper."""

STYLE = """
:root{--pass:#1a7f37;--fail:#b42318;--error:#6b21a8;--known:#9a6700;--fixed:#0b5cad;--skip:#6e7781;
--excluded:#8c959f;--line:#d0d7de;--soft:#f6f8fa}
*{box-sizing:border-box}
body{font:15px/1.5 system-ui,-apple-system,"Segoe UI",sans-serif;margin:0 auto;padding:1.5rem;max-width:72rem;
color:#1f2328;background:#fff}
h1{margin:0;font-size:1.7rem}h2{margin:2.2rem 0 .6rem;font-size:1.2rem;border-bottom:1px solid var(--line)}
h3{margin:0;font-size:1rem;overflow-wrap:anywhere}
code,pre{font:13px/1.45 ui-monospace,"DejaVu Sans Mono",monospace}
pre{margin:.2rem 0;padding:.5rem;background:var(--soft);overflow-x:auto}pre b{color:var(--fail)}
header{padding:1rem 1.2rem;border-left:.6rem solid var(--skip);background:var(--soft)}
header.conforming{border-color:var(--pass)}header.nonconforming{border-color:var(--fail)}
header.not-judged,header.suite-at-fault{border-color:var(--error)}
header p{font-size:1.1rem;margin:.3rem 0 .8rem}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.1rem 1rem;margin:0}dt{color:#59636e}dd{margin:0;
overflow-wrap:anywhere;min-width:0}
nav{margin:.8rem 0}nav a{margin-right:1rem}
.tiles{display:flex;flex-wrap:wrap;gap:.6rem;padding:0;list-style:none}
.tiles li{padding:.5rem 1rem;border:1px solid var(--line);border-top:.25rem solid #1f2328;min-width:6rem}
.tiles b{display:block;font-size:1.5rem}
.tiles .pass{border-top-color:var(--pass)}.tiles .fail{border-top-color:var(--fail)}
.tiles .error{border-top-color:var(--error)}.tiles .known{border-top-color:var(--known)}
.tiles .fixed{border-top-color:var(--fixed)}.tiles .skip{border-top-color:var(--skip)}
.tiles .excluded{border-top-color:var(--excluded)}
table{border-collapse:collapse;width:100%}th{text-align:left;font-weight:500}thead th{color:#59636e}
td,th{padding:.15rem .5rem;border-bottom:1px solid var(--line);vertical-align:top}
.counts td{text-align:right}.counts td:last-child{width:40%}
#clauses th{overflow-wrap:anywhere}
.bar{display:flex;height:.7rem;margin-top:.4rem;background:var(--soft)}.bar i{display:block}
.bar .pass{background:var(--pass)}.bar .fail{background:var(--fail)}.bar .error{background:var(--error)}
.bar .known{background:var(--known)}.bar .fixed{background:var(--fixed)}.bar .skip{background:var(--skip)}
.bar .excluded{background:var(--excluded)}
article{border:1px solid var(--line);border-left:.4rem solid var(--fail);padding:.7rem 1rem;margin:.8rem 0;
break-inside:avoid}
article.error{border-left-color:var(--error)}article.known{border-left-color:var(--known)}
article.fixed{border-left-color:var(--fixed)}
article h3 span{color:#fff;background:var(--fail);padding:0 .4rem;text-transform:uppercase;font-size:.8rem}
article.error h3 span{background:var(--error)}article.known h3 span{background:var(--known)}
article.fixed h3 span{background:var(--fixed)}
article p{margin:.3rem 0}.weight{color:#59636e;font-size:.9rem}details{margin-top:.4rem}
.wide{overflow-x:auto}.matrix{width:auto;font-size:.85rem}.matrix td{text-align:right;min-width:2.2rem;
border:1px solid #fff}
.matrix thead th{height:8rem;vertical-align:bottom;padding:0}
.matrix thead span{writing-mode:vertical-rl;transform:rotate(180deg)}
.matrix td.pass{background:#dafbe1}.matrix td.fail{background:#ffcecb}.matrix td.error{background:#ead6fd}
.matrix td.known{background:#fff1c2}.matrix td.fixed{background:#cfe5fd}
.matrix td.skip,.matrix td.excluded{background:#eaeef2}.matrix b{display:block;color:var(--fail)}
tr.fail th{color:var(--fail)}tr.error th{color:var(--error)}tr.known th{color:var(--known)}
footer{margin-top:2rem;color:#59636e}
@media print{@page{margin:14mm}body{max-width:none;padding:0;font-size:10pt}nav,details{display:none}
pre{white-space:pre-wrap;overflow-wrap:anywhere}.wide{overflow:visible}.matrix{font-size:7pt}
.matrix td,.matrix th{padding:0 1pt;min-width:0}
tr,article,.tiles{break-inside:avoid}h2{break-after:avoid}thead{display:table-header-group}
*{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
"""
