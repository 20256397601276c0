// SPDX-License-Identifier: Apache-2.0
// The frame around all screens: where one is, where one can go, the search box.
import { useEffect, useRef } from 'preact/hooks';
import { connected } from './live.js';
import { go, route, to } from './route.js';
import { signOut, who } from './session.js';
import { theme, toggleTheme } from './theme.js';

function SearchBox() {
	const box = useRef();

	useEffect(() => {
		const key = (e) => {
			if (e.key !== '/' || e.ctrlKey || e.metaKey || e.altKey || /^(INPUT|TEXTAREA|SELECT)$/.test(e.target.tagName))
				return;
			e.preventDefault();
			box.current.focus();
		};

		addEventListener('keydown', key);
		return () => removeEventListener('keydown', key);
	}, []);
	return (
		<form role="search" onSubmit={(e) => {
			e.preventDefault();
			if (box.current.value.trim())
				go(['search'], { q: box.current.value.trim() });
		}}>
			<input ref={box} type="search" aria-label="Search" placeholder="Search  ( / )" spellcheck={false} />
		</form>
	);
}

export function Shell({ screens, children }) {
	const here = route.value.path[0] || '';
	const nav = useRef();

	/* On a phone it is one row: where one is is in its middle. */
	useEffect(() => {
		const now = nav.current.querySelector('[aria-current]');

		if (now)
			nav.current.scrollLeft = now.offsetLeft - (nav.current.clientWidth - now.offsetWidth) / 2;
	}, [here]);

	return (
		<>
			<a class="skip" href="#main" onClick={(e) => { e.preventDefault(); document.getElementById('main').focus(); }}>Go to the content</a>
			<header class="top">
				<a class="brand" href={to([])}><span class="logo" aria-hidden="true" />Caltrop</a>
				<SearchBox />
				<span class={`live ${connected.value ? 'on' : ''}`} role="status">{connected.value ? 'live' : 'not live'}</span>
				<button onClick={toggleTheme}>{theme.value === 'dark' ? 'Light' : 'Dark'}</button>
				<span class="who">{who.value.user}, {who.value.role}</span>
				<button onClick={signOut}>Sign out</button>
			</header>
			<nav ref={nav} aria-label="Screens">
				{screens.filter((s) => s.name && (!s.may || s.may())).map((s) => (
					<a key={s.path} href={to(s.path ? [s.path] : [])} aria-current={here === s.path ? 'page' : undefined}>{s.name}</a>
				))}
			</nav>
			<main id="main" tabIndex={-1}>{children}</main>
		</>
	);
}
