/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The console, the page application of server-stub/console: its page at / and what that loads below /assets. All of it
 * is public and holds nothing of the fleet; what it shows, it asks of the API as whoever signed in. Answers are always
 * compressed by gzip, as all browsers take them; from a directory (env.web_root) they are as the files are.
 */
#pragma once

struct call;

void console_page(struct call *call);  /* GET / */
void console_asset(struct call *call); /* GET /assets/NAME; any other name than that of a file is a path not known */
