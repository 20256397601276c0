// SPDX-License-Identifier: Apache-2.0
// Bars over time by uPlot. `series`: [{name, color: a CSS variable, values}], stacked, the first at the bottom.
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import { theme } from './theme.js';

const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** Sums of the series up to each: the tallest is drawn first, and the others before it. */
function stacked(series) {
	const sums = [];

	series.forEach((s, i) => sums.push(s.values.map((v, k) => v + (i ? sums[i - 1][k] : 0))));
	return sums.reverse();
}

function options(times, series, width) {
	const half = times.length > 1 ? (times[1] - times[0]) / 2 : 0; // of a bar, which stands across its time
	const axis = { stroke: css('--dim'), grid: { stroke: css('--line'), width: 1 }, ticks: { show: false } };
	const whole = (u, ticks) => ticks.map((t) => (Number.isInteger(t) ? t : ''));

	return {
		width,
		height: 180,
		padding: [12, 28, 0, 0],
		legend: { show: false },
		cursor: { show: false },
		scales: { x: { range: (u, min, max) => [min - half, max + half] }, y: { range: (u, min, max) => [0, Math.max(4, max)] } },
		axes: [axis, { ...axis, size: 40, values: whole }],
		series: [{}, ...[...series].reverse().map((s) => ({
			label: s.name,
			stroke: css(s.color),
			fill: css(s.color),
			width: 0,
			points: { show: false },
			paths: uPlot.paths.bars({ size: [0.8, 60] }),
		}))],
	};
}

export function Chart({ times, series, label }) {
	const box = useRef();
	const total = (s) => s.values.reduce((a, b) => a + b, 0);

	useEffect(() => {
		const chart = new uPlot(options(times, series, box.current.clientWidth), [times, ...stacked(series)], box.current);
		const watch = new ResizeObserver(([{ contentRect }]) => chart.setSize({ width: contentRect.width, height: 180 }));

		watch.observe(box.current);
		return () => {
			watch.disconnect();
			chart.destroy();
		};
	}, [times, series, theme.value]);
	return (
		<figure class="chart">
			<div ref={box} role="img" aria-label={`${label}: ${series.map((s) => `${s.name} ${total(s)}`).join(', ')}`} />
			<figcaption>
				{series.map((s) => <span class="key"><i class={`swatch ${s.class}`} />{s.name} <b>{total(s)}</b></span>)}
			</figcaption>
		</figure>
	);
}
