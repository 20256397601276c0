/* SPDX-License-Identifier: Apache-2.0 */
/* Batches, incidents and receipts in SQLite; each function is the member of struct store_kind that its name ends in. */
#pragma once

#include "server-stub/store/table.h"

enum err sqlite_record_committed(struct store *s, const uint8_t *device, const uint8_t *spool, uint64_t *seq);
enum err sqlite_record_put(struct store *s, const struct store_batch *b);
enum err sqlite_record_list(struct store *s, const struct store_batch_query *q);
enum err sqlite_record_incident_put(struct store *s, const struct store_incident *i);
enum err sqlite_record_incident_get(struct store *s, const uint8_t *id, struct store_incident *out);
enum err sqlite_record_incident_of(struct store *s, const uint8_t *device, const uint8_t *id,
				   struct store_incident *out);
enum err sqlite_record_incident_list(struct store *s, const struct store_incident_query *q);
enum err sqlite_record_receipt_put(struct store *s, const struct store_receipt *r);
enum err sqlite_record_receipt_list(struct store *s, const struct store_receipt_query *q);
/* Works in several short transactions, so that writers of batches need not wait long. */
enum err sqlite_record_retain(struct store *s, const struct store_retention *r, int64_t wall_us, unsigned *removed);
enum err sqlite_record_figures(struct store *s, struct store_figures *out);
