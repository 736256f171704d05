// data-sum-to="90000.01": a form whose amounts (data-sum, in 万元) must make up that many 元; says in data-sum-left what is missing.

function fen(text) {
  const plain = text.replace(/[,，\s]/g, "");
  if (plain === "") return 0;
  const found = /^(\d*)(?:\.(\d{0,6}))?$/.exec(plain);
  return found ? Number(found[1] || 0) * 1000000 + Number((found[2] || "").padEnd(6, "0")) : NaN;
}

function wan(amount) {
  return (amount / 1000000).toFixed(6).replace(/(\.\d\d\d*?)0+$/, "$1");
}

function tell(form) {
  const whole = Math.round(Number(form.dataset.sumTo) * 100);
  let total = 0;
  form.querySelectorAll("[data-sum]").forEach((input) => {
    total += fen(input.value);
  });
  const left = whole - total;
  const words = form.querySelector("[data-sum-left]");
  if (Number.isNaN(left)) words.textContent = "有的金额不是数字";
  else if (left === 0) words.textContent = "已分完";
  else words.textContent = left > 0 ? `还差 ${wan(left)} 万元` : `多出 ${wan(-left)} 万元`;
}

document.addEventListener("input", (event) => {
  const form = event.target.closest("[data-sum-to]");
  if (form) tell(form);
});
document.querySelectorAll("[data-sum-to]").forEach(tell);
