// Amounts, percentages and dates as people type them and as the grid shows them. Money is counted in whole 分.

const SIGNS = { "−": "-", "﹣": "-", "–": "-", "。": ".", "，": ",", "％": "%" };

export function plain(text) {
  return text.normalize("NFKC").replace(/[−﹣–。，％]/g, (sign) => SIGNS[sign]).trim();
}

/** 分 of a stored amount ("182500.00"); null stays null. */
export function cents(yuan) {
  if (yuan === null || yuan === undefined || yuan === "") return null;
  const [whole, part = ""] = yuan.replace("-", "").split(".");
  const value = Number(whole) * 100 + Number(part.padEnd(2, "0"));
  return yuan.startsWith("-") ? -value : value;
}

const POWERS = { 元: 0, 千元: 3, 万: 4, 万元: 4, 百万: 6, 百万元: 6, 亿: 8, 亿元: 8 };
const MOST = 1e13; // 分: 1,000 亿元, as the server has it

/** 分 of an amount as typed for a place in 万元, and what the person should look at again: thousands separators, full-width
    digits, at most six decimals, with or without a unit; another unit than 万元 is converted. Throws a message. The same rules
    as `read_wan` on the server. */
export function readWan(typed) {
  const text = plain(typed);
  if (/%$/.test(text)) throw new Error("这里填以万元计的金额，不是百分数。");
  const [, number, unit = "万元"] = /^([^]*?)\s*(千元|百万元?|万元?|亿元?|元)?$/.exec(text);
  const bare = /^[+-]?\d{1,3}(,\d{3})+(\.\d*)?$/.test(number) ? number.replace(/,/g, "") : number;
  const match = /^([+-]?)(\d*)(?:\.(\d*))?$/.exec(bare);
  if (!match || !(match[2] || match[3])) throw new Error(`“${typed.trim()}”不是数字，请写以万元计的金额，如 18.25。`);
  const places = POWERS[unit] + 2;
  const decimals = (match[3] || "").replace(/0+$/, "");
  if (decimals.length > places) throw new Error(places === 6 ? "以万元计最多 6 位小数（精确到分）。" : `“${typed.trim()}”精确到了分以下，请核对。`);
  const value = Number(`${match[2]}${decimals.padEnd(places, "0")}`);
  if (value > MOST) throw new Error("数字过大，请核对单位。");
  const cents = match[1] === "-" ? -value : value;
  return { cents, note: places === 6 ? "" : `“${typed.trim()}”已折算为 ${wan(cents)} 万元，请核对。` };
}

/** 分 → 万元, exact, two to six decimals; `grouped` with thousands separators. */
export function wan(value, grouped = true) {
  if (value === null || value === undefined) return "";
  const size = Math.abs(value);
  const whole = String(Math.floor(size / 1e6));
  let part = String(size % 1e6).padStart(6, "0");
  while (part.length > 2 && part.endsWith("0")) part = part.slice(0, -1);
  const shown = grouped ? whole.replace(/\B(?=(\d{3})+$)/g, ",") : whole;
  return `${value < 0 ? "-" : ""}${shown}.${part}`;
}

/** "0.4550" → "45.5" */
export function percent(ratio) {
  return String(Number((Number(ratio) * 100).toFixed(2)));
}

export function checkPercent(typed) {
  const text = plain(typed).replace(/%$/, "").trim();
  const number = Number(text);
  if (text === "" || Number.isNaN(number) || number < 0 || number > 100) throw new Error("请填 0 到 100 之间的数，如 60。");
  if (/\.\d{3,}/.test(text)) throw new Error("百分数最多两位小数。");
}

export function checkCount(typed) {
  if (!/^\d{1,8}$/.test(plain(typed))) throw new Error(`“${typed.trim()}”不是整数。`);
}

/** A typed day as ISO: 2026-11-3, 2026.11.3, 2026/11/3, 20261103, 2026年11月3日, or 11.3 within the report's year. */
export function isoDay(typed, year) {
  const text = plain(typed);
  const compact = /^(\d{4})(\d{2})(\d{2})$/.exec(text);
  const parts = (compact ? compact.slice(1) : text.replace(/[年月./]/g, "-").replace("日", "").split("-")).filter(Boolean);
  const [y, m, d] = (parts.length === 2 ? [String(year), ...parts] : parts).map(Number);
  const day = new Date(Date.UTC(y, m - 1, d));
  const real = parts.length <= 3 && y > 1990 && y < 2100 && day.getUTCMonth() === m - 1 && day.getUTCDate() === d;
  if (!real) throw new Error(`“${typed.trim()}”不是日期，请写成 2026-11-03 或 11.3。`);
  return day.toISOString().slice(0, 10);
}

/** An ISO day for a narrow column: without the year when it is the report's own. */
export function shortDay(iso, year) {
  return iso.startsWith(`${year}-`) ? iso.slice(5) : iso;
}
