// SPDX-License-Identifier: Apache-2.0
// Light or dark: as the system has it until somebody chooses; the choice is all that this page keeps in the browser.
import { signal } from '@preact/signals';

const system = matchMedia('(prefers-color-scheme: dark)');
const chosen = localStorage.getItem('theme');

export const theme = signal(chosen || (system.matches ? 'dark' : 'light'));

system.addEventListener('change', () => {
	if (!localStorage.getItem('theme'))
		theme.value = system.matches ? 'dark' : 'light';
});
theme.subscribe((value) => {
	document.documentElement.dataset.theme = value;
});

export function toggleTheme() {
	theme.value = theme.value === 'dark' ? 'light' : 'dark';
	localStorage.setItem('theme', theme.value);
}
