/* SPDX-License-Identifier: Apache-2.0 */
/* Orders and their targets in SQLite; each function is the member of struct store_kind that its name ends in. */
#pragma once

#include "server-stub/store/table.h"

enum err sqlite_order_put(struct store *s, const struct store_order *o, const uint8_t (*devices)[STORE_ID],
			  unsigned device_count);
enum err sqlite_order_get(struct store *s, const uint8_t *id, struct store_order *out);
enum err sqlite_order_list(struct store *s, const struct store_order_query *q);
enum err sqlite_order_target_put(struct store *s, const struct store_target *t);
enum err sqlite_order_target_get(struct store *s, const uint8_t *order_id, const uint8_t *device,
				 struct store_target *out);
enum err sqlite_order_target_list(struct store *s, const uint8_t *order_id,
				  bool (*each)(void *, const struct store_target *), void *arg);
enum err sqlite_order_target_waiting(struct store *s, const struct store_waiting_query *q);
enum err sqlite_order_target_expire(struct store *s, int64_t wall_s, unsigned *count);
