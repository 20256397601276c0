/* SPDX-License-Identifier: Apache-2.0 */
/* Texts in signed bytes: len:u8 and as many bytes, printable ASCII, so that they can go into any log. Pure. */
#pragma once

#include "agent/base/buf.h"
#include "agent/base/view.h"

#include <stdbool.h>
#include <stddef.h>

/* Whether a text ends within `size` bytes, its NUL among them, and all of it is printable ASCII. */
bool short_text_valid(const char *text, size_t size);

/* Append one of at most 255 bytes. */
void short_text_put(struct buf *b, const char *text);

/*
 * Take one; its bytes are not looked at but for a NUL, behind which nobody would look. False: it has one, or it does
 * not fit in `size` bytes with its NUL. Where the bytes end before it does, v->short_read says so.
 */
bool short_text_take(struct view *v, char *text, size_t size);
