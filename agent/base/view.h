/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A bounded reader over bytes from outside. A read past the end sets `short_read` and gives zeros; the caller
 * checks once at the end with view_done().
 */
#pragma once

#include "agent/base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct view {
	const uint8_t *data;
	size_t len; /* bytes left */
	bool short_read;
};

static inline struct view view_over(const void *data, size_t len)
{
	return (struct view){data, len, false};
}

uint8_t view_be8(struct view *v);
uint16_t view_be16(struct view *v);
uint32_t view_be32(struct view *v);
uint64_t view_be64(struct view *v);

/* Copy len bytes out (zeros on a short read). */
void view_bytes(struct view *v, void *target, size_t len);

/* Borrow len bytes; NULL on a short read. */
const uint8_t *view_borrow(struct view *v, size_t len);

/* ERR_TRUNCATED after a short read, ERR_TOO_LONG when bytes are left over, else ERR_OK. */
ERR_CHECK enum err view_done(const struct view *v);
