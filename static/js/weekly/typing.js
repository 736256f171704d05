// What a person typed, read by the kind of the place: the text that goes to the server and, for money, its 分.

import { checkCount, checkPercent, isoDay, plain, readWan, wan } from "./numbers.js";

function money(sheet, row, place, typed) {
  const cell = sheet.cell(row, place.replace("delta:", ""));
  const relative = place.startsWith("delta:") || /^[+＋]/.test(typed.trim());
  if (!typed.trim()) {
    if (!place.startsWith("delta:")) return { text: "", cents: null };
    return { text: wan(cell.before || 0, false), cents: cell.before || 0 };
  }
  const { cents: read, note } = readWan(typed);
  const cents = read + (relative ? cell.before || 0 : 0);
  if (cents < 0) throw new Error(relative ? "本期支出使累计数成了负数。" : "累计数不能为负数。");
  return { text: wan(cents, false), cents, note };
}

/** Gives {text, cents?, note?}: `note` is what to look at again; throws an Error whose message says how to write it. */
export function read(sheet, row, place, typed) {
  const kind = sheet.kind(place);
  if (place.startsWith("cell:") || kind === "delta") return money(sheet, row, place, typed);
  if (!typed.trim()) return { text: "" };
  if (kind === "money") {
    const { cents, note } = readWan(typed);
    if (cents < 0) throw new Error("金额不能为负数。");
    return { text: wan(cents, false), note };
  }
  if (kind === "ratio") {
    checkPercent(typed);
    return { text: plain(typed).replace(/%$/, "") };
  }
  if (kind === "count") {
    checkCount(typed);
    return { text: plain(typed) };
  }
  if (kind === "date") return { text: isoDay(typed, sheet.year) };
  return { text: typed };
}
