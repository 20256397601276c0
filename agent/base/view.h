/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A bounded reader over bytes from outside. A read past the end sets `short_read` and gives zeros. The caller checks
 * once, at the end, with view_done().
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

/* A reader over bytes, which must outlive it. */
static inline struct view view_over(const void *data, size_t len)
{
	return (struct view){data, len, false};
}

/* Take a big-endian integer from the front. */
uint8_t view_be8(struct view *v);
uint16_t view_be16(struct view *v);
uint32_t view_be32(struct view *v);
uint64_t view_be64(struct view *v);

/* Take len bytes and copy them to target; zeros when fewer are left. */
void view_bytes(struct view *v, void *target, size_t len);

/* Take len bytes without a copy: a pointer into the data, or NULL when fewer are left. */
const uint8_t *view_borrow(struct view *v, size_t len);

/* ERR_TRUNCATED: a read passed the end. ERR_TOO_LONG: bytes are left. Else ERR_OK. */
ERR_CHECK enum err view_done(const struct view *v);
