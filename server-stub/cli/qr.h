/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A text as a QR code in the terminal (ISO/IEC 18004), for an app that reads it with a camera. The code is made by
 * libqrencode, which is loaded when it is used and need not be there.
 */
#pragma once

#include "agent/base/buf.h"

#include <stdint.h>

#define QR_BORDER 2	/* light modules around a code */
#define QR_WIDTH_MAX 77 /* modules of version 15, more than 500 bytes of text */

/*
 * Append a code of width * width modules, row by row, of which bit 0 says that it is dark: two rows of modules in a
 * line of half blocks (UTF-8), black on white by ECMA-48 colours, because cameras expect that whatever the terminal's
 * colours are.
 */
void qr_draw(struct buf *out, const uint8_t *modules, unsigned width);

/* Columns that a code takes, its border included. */
unsigned qr_columns(unsigned width);

/*
 * Print the text as a code to standard output where that is a terminal that speaks UTF-8 and is wide enough. ERR_OK: it
 * was printed; ERR_UNSUPPORTED: it cannot be, and nothing was; ERR_NOT_FOUND: the same for want of the library.
 */
ERR_CHECK enum err qr_print(const char *text);
