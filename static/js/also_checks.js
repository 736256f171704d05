// Choosing in a list also ticks the radio button it belongs to: <select data-also-checks="id">.
document.addEventListener("change", (event) => {
  const id = event.target.dataset && event.target.dataset.alsoChecks;
  const button = id && document.getElementById(id);
  if (button && event.target.value) button.checked = true;
});
