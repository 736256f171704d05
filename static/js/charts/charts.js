// Draws every <div data-chart="id of a json_script"> with ECharts; loaded only on pages with charts. Canvas, because the
// svg renderer writes style attributes, which the content policy refuses.
function draw(echarts) {
  for (const canvas of document.querySelectorAll("[data-chart]")) {
    const option = JSON.parse(document.getElementById(canvas.dataset.chart).textContent);
    const chart = echarts.init(canvas);
    chart.setOption(option);
    window.addEventListener("resize", () => chart.resize());
  }
}

import(document.querySelector('meta[name="echarts"]').content).then(draw);
