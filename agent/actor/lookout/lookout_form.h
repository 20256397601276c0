/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether bytes look as what is encrypted does: like chance, from the first one on. What is only packed does not, as it
 * begins with what its kind of file begins with. Pure.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* The numbers are in the baseline. */
enum lookout_form {
	LOOKOUT_FORM_UNREAD = 0,
	LOOKOUT_FORM_SHORT = 1,	 /* too few bytes to say */
	LOOKOUT_FORM_PLAIN = 2,	 /* a text, a picture, an archive, ... */
	LOOKOUT_FORM_RANDOM = 3, /* as if by chance */
	LOOKOUT_FORMS = 4,
};

#define LOOKOUT_FORM_BYTES 4096u /* of a file that are looked at */
#define LOOKOUT_FORM_LEAST 64u	 /* fewer are too few */

/* The form of a file that begins with these bytes; of more than LOOKOUT_FORM_BYTES the first ones count. */
uint8_t lookout_form(const uint8_t *bytes, size_t len);
