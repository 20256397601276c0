/* SPDX-License-Identifier: Apache-2.0 */
/* Devices and join tokens in SQLite; each function is the member of struct store_kind that its name ends in. */
#pragma once

#include "server-stub/store/table.h"

enum err sqlite_device_put(struct store *s, const struct store_device *d);
enum err sqlite_device_get(struct store *s, const uint8_t *id, struct store_device *out);
enum err sqlite_device_by_csr(struct store *s, const uint8_t *csr_sha256, struct store_device *out);
enum err sqlite_device_by_name(struct store *s, const char *name, struct store_device out[2], unsigned *count);
enum err sqlite_device_list(struct store *s, const struct store_device_query *q);
enum err sqlite_device_presence(struct store *s, const struct store_presence *p);
enum err sqlite_device_absent_all(struct store *s);
enum err sqlite_device_token_put(struct store *s, const struct store_token *t);
enum err sqlite_device_token_get(struct store *s, const uint8_t *secret_sha256, struct store_token *out);
enum err sqlite_device_token_list(struct store *s, bool (*each)(void *, const struct store_token *), void *arg);
