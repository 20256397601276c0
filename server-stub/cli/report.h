/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a report is: sections with columns and rows, as JSON {"title", "sections": [{"title", "columns": [text],
 * "rows": [[text or number]]}]}. This prints one as text, as CSV (RFC 4180) or as one page of HTML. Text in it may come
 * from attackers: nothing in it becomes markup, a formula of a spreadsheet, or a command to a terminal.
 */
#pragma once

#include <jansson.h>

#include <stdbool.h>

/* Print it on standard output as "text", "csv", "html" or "json". False: that is no form. */
bool report_print(json_t *report, const char *form);

/* Whether that is a form. */
bool report_form(const char *form);
