// Blocks from and to WPS or Excel: tab-separated text, quoted where a cell holds a line break.

export function parseBlock(text) {
  const rows = [[]];
  let cell = "";
  let quoted = false;
  const source = text.replace(/\r\n?/g, "\n");
  for (let i = 0; i < source.length; i += 1) {
    const sign = source[i];
    if (quoted) {
      if (sign === '"' && source[i + 1] === '"') { cell += '"'; i += 1; } else if (sign === '"') quoted = false;
      else cell += sign;
    } else if (sign === '"' && cell === "") quoted = true;
    else if (sign === "\t" || sign === "\n") {
      rows[rows.length - 1].push(cell);
      cell = "";
      if (sign === "\n") rows.push([]);
    } else cell += sign;
  }
  rows[rows.length - 1].push(cell);
  if (rows.length > 1 && rows[rows.length - 1].length === 1 && cell === "") rows.pop();
  return rows;
}

const quote = (text) => (/["\t\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text);

export function blockText(cells, textOf) {
  return cells.map((row) => row.map((td) => quote(textOf(td))).join("\t")).join("\n");
}

/** What a list or tick takes for a pasted word; null when it knows no such word. */
export function wordValue(sheet, place, text) {
  const word = text.trim();
  if (word === "" || word === "—") return "";
  const kind = sheet.kind(place);
  if (kind === "tick") return /^(1|是|√|✓|☑|true|无变化)$/i.test(word) ? "1" : /^(0|否|☐|false)$/i.test(word) ? "0" : null;
  const options = kind === "choice" ? Object.entries(sheet[place]) : kind === "step" ? sheet.choices.steps : sheet.choices.organisations;
  const found = options.find(([, words]) => words === word);
  return found ? String(found[0]) : null;
}

/** Lay a block over the grid from the cursor on; `put(td, text)` gives true (taken), false (not typed here) or throws. */
export function layOver(cursor, rows, put) {
  const told = { taken: 0, skipped: 0, wrong: 0, beyond: 0 };
  const { from } = cursor.block();
  const lines = cursor.lines();
  const picked = cursor.cells();
  const first = picked.length ? lines.indexOf(picked[0][0].parentElement) : 0;
  const fill = rows.length === 1 && rows[0].length === 1 && picked.length * picked[0].length > 1;
  const target = fill ? picked.map((tds) => tds.map(() => rows[0][0])) : rows;
  const places = target.map((texts, r) => texts.map((text, c) => {
    const tr = lines[first + r];
    return { text, at: tr && tr.children[from + c] ? { line: tr.dataset.l || tr.dataset.of, sub: tr.dataset.s || null, column: from + c } : null };
  }));
  for (const { text, at } of places.flat()) {
    const td = at && cursor.find(at);
    if (!at) told.beyond += text.trim() ? 1 : 0;
    else if (!td) told.skipped += 1;
    else tell(told, td, text, put);
  }
  return told;
}

function tell(told, td, text, put) {
  try {
    if (put(td, text)) told.taken += 1;
    else told.skipped += text.trim() ? 1 : 0;
  } catch (error) {
    told.wrong += 1;
  }
}

export function pasteWords({ taken, skipped, wrong, beyond }) {
  const parts = [`已粘贴 ${taken} 格`];
  if (skipped) parts.push(`跳过 ${skipped} 格（不可填）`);
  if (wrong) parts.push(`${wrong} 格有误，已标在格上`);
  if (beyond) parts.push(`${beyond} 格超出表格，没有粘贴`);
  return `${parts.join("，")}。`;
}
