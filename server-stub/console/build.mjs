// SPDX-License-Identifier: Apache-2.0
// node build.mjs [DIR]: builds the console from src/ into dist/, or DIR. The same sources and package-lock.json give the
// same bytes, on any machine: names come from hashes of what is in the files, and nothing knows where it was built.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));
const out = resolve(process.argv[2] || join(here, 'dist'));

const { outputFiles } = await build({
	absWorkingDir: here,
	entryPoints: { console: 'src/main.jsx' },
	outdir: 'unwritten',
	write: false,
	bundle: true,
	minify: true,
	format: 'esm',
	target: 'es2022',
	charset: 'utf8',
	legalComments: 'none', // licences.txt has them whole
	jsx: 'automatic',
	jsxImportSource: 'preact',
});

/** Every package that is in the bundle, with its licence. */
function licences() {
	const { packages } = JSON.parse(readFileSync(join(here, 'package-lock.json'), 'utf8'));
	const used = Object.entries(packages).filter(([path, p]) => path && !p.dev).map(([path, p]) => {
		const file = readdirSync(join(here, path)).find((name) => /^licen[cs]e/i.test(name));

		return `${path.replace('node_modules/', '')} ${p.version}\n\n${readFileSync(join(here, path, file), 'utf8').trim()}\n`;
	});

	return `The console holds these packages.\n\n${used.join(`\n${'-'.repeat(80)}\n\n`)}`;
}

rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });

function put(name, bytes) {
	const hash = createHash('sha256').update(bytes).digest('hex').slice(0, 10);
	const whole = name.replace(/\.(\w+)$/, `-${hash}.$1`);

	writeFileSync(join(out, whole), bytes);
	return `/assets/${whole}`;
}

const names = {
	ICON: put('icon.svg', readFileSync(join(here, 'src/icon.svg'))),
	...Object.fromEntries(outputFiles.map(({ path, contents }) => (path.endsWith('.css') ? ['STYLE', put('console.css', contents)] : ['SCRIPT', put('console.js', contents)]))),
};

put('licences.txt', licences());
writeFileSync(join(out, 'index.html'), readFileSync(join(here, 'src/index.html'), 'utf8').replace(/\b(ICON|STYLE|SCRIPT)\b/g, (word) => names[word]));
