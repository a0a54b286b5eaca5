/** Lines that can be read on light and on dark, with the paper and the ink turned around where the reader wants it dark. */
export const STYLE = `
.paper{fill:#ffffff}.frame{fill:none;stroke:#c4c9d0}.grid{stroke:#e6e8eb}
text{fill:#3a4048;font:12px system-ui,sans-serif}.title{font-size:17px;font-weight:600;fill:#1c2127}
.name{font-weight:600;fill:#1c2127}.small{font-size:11px;fill:#666e78}
.end{text-anchor:end}.middle{text-anchor:middle}
.band{fill:#2f7de1;opacity:.18}.sofar,.look,.old,.limit,.bad,.good,.edge{fill:none}
.sofar{stroke:#2f7de1;stroke-width:2}.look{stroke:#2f7de1;stroke-width:1;opacity:.6}
.old{stroke:#c77d0a;stroke-width:1.5;stroke-dasharray:5 3}.highest{fill:none;stroke:#2f7de1;stroke-width:1;stroke-dasharray:2 2}
.limit{stroke:#d1383d;stroke-width:1.2;stroke-dasharray:7 4}
.bad{stroke:#d1383d;stroke-width:1.8}.good{stroke:#2a9d4e;stroke-width:1.8}
.edge.bad,.edge.good{stroke-width:1.2;stroke-dasharray:7 4;opacity:.75}
.settled{fill:#2a9d4e}.gap{fill:#8b949e;opacity:.22}
.mark{stroke:#7a828c;stroke-width:1;stroke-dasharray:2 3}.mark.bad{stroke:#d1383d;stroke-width:1.2}.mark.good{stroke:#2a9d4e;stroke-width:1.2}
.flag{fill:#7a828c}.flag.bad{fill:#d1383d}.flag.good{fill:#2a9d4e}.number{fill:#ffffff;font-size:11px;font-weight:600}
@media (prefers-color-scheme:dark){.paper{fill:#15191e}.frame{stroke:#4a525c}.grid{stroke:#2a3037}
text{fill:#c3cad2}.title,.name{fill:#eef1f4}.small{fill:#98a1ab}.number{fill:#ffffff}
.band{opacity:.28}.sofar,.look,.highest{stroke:#5a9df0}.band{fill:#5a9df0}.old{stroke:#e0a03a}
.limit,.bad,.mark.bad{stroke:#ee5f63}.good,.mark.good{stroke:#46bd6c}.settled,.flag.good{fill:#2a9d4e}.flag.bad{fill:#d1383d}}
`;
