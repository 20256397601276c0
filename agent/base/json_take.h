/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Takes a line of JSON (RFC 8259) apart; json.h writes it. Each function takes one piece from the front of *s. They are
 * lenient, as what writes logs is: what a value looks like that nobody wants is not checked.
 */
#pragma once

#include "agent/base/buf.h"
#include "agent/base/str.h"

#include <stdbool.h>

/* Take blanks and tabs. */
void json_take_blanks(struct str *s);

/* Take blanks and the byte c. False: another one stands there. */
bool json_take_byte(struct str *s, char c);

/* Take a string and append what it stands for to b; what has no room sets b->overflow. False: there is none. */
bool json_take_string(struct str *s, struct buf *b);

/* The same for a list of bytes as numbers, as journalctl(1) writes what is no UTF-8: [70,97,255]. False: it is none. */
bool json_take_bytes(struct str *s, struct buf *b);

/* Take a value that nobody wants: all before the comma or the brace behind it. False: it has no end. */
bool json_take_value(struct str *s);
