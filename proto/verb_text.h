/* SPDX-License-Identifier: Apache-2.0 */
/* The texts among the arguments of verbs: how long one may be, and of which characters. Knows types, no verb. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VERB_TEXT_VEILED "given" /* stands for a hash that was there and is nobody's to read */

/* Bytes of a text of this type (enum verb_type) in struct verb_args, with its NUL; 0: the type is no text. */
size_t verb_text_size(uint8_t type);

/* Whether the NUL-terminated text, or the size's bytes without a NUL, is one of this type. A type that is none: no. */
bool verb_text_valid(uint8_t type, const char *text);

/* What is said of one that is too long, and of one that is none: "is longer than ...", "is not ...". */
const char *verb_text_too_long(uint8_t type);
const char *verb_text_rule(uint8_t type);
