/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The store without a disk, for the simulator and unit tests: a rollback takes back what was not committed, as a power
 * cut would. Every look-up walks over a table; it is meant for dozens of devices, not for thousands.
 * The interfaces are in the files of their names, memory_table.c has the tables.
 */
#include "server-stub/store/memory.h"

#include "agent/base/require.h"

#include <stdlib.h>
#include <string.h>

static struct memory *memory_of(struct store *s)
{
	return (struct memory *)s;
}

static enum err memory_open(const char *where, bool is_new, struct store **out)
{
	static const struct {
		size_t row_size;
		bool owns_bytes;
	} shapes[MEMORY_KEPT_INCIDENT] = {
		[MEMORY_DEVICE] = {sizeof(struct registry_device), false},
		[MEMORY_TOKEN] = {sizeof(struct registry_token), false},
		[MEMORY_SPOOL] = {sizeof(struct memory_spool), false},
		[MEMORY_BATCH] = {sizeof(struct memory_batch), true},
		[MEMORY_ORDER] = {sizeof(struct registry_order), false},
		[MEMORY_TARGET] = {sizeof(struct registry_target), false},
		[MEMORY_USER] = {sizeof(struct person), false},
		[MEMORY_SESSION] = {sizeof(struct person_session), false},
		[MEMORY_PASSKEY] = {sizeof(struct person_passkey), false},
		[MEMORY_AUDIT] = {sizeof(struct person_audit), false},
		[MEMORY_OBJECT] = {sizeof(struct memory_object), true},
		[MEMORY_OBJECT_TARGET] = {sizeof(struct store_object_target), false},
		[MEMORY_OUTPUT] = {sizeof(struct memory_output), false},
		[MEMORY_OUTPUT_ITEM] = {sizeof(struct memory_output_item), false},
		[MEMORY_CROWD] = {sizeof(struct store_crowd), false},
		[MEMORY_OFFER] = {sizeof(struct store_crowd_offer), false},
		[MEMORY_HUSH] = {sizeof(struct store_crowd_hush), false},
		[MEMORY_FACTORY] = {sizeof(struct store_factory), false},
		[MEMORY_ORIGIN] = {sizeof(struct store_origin), false},
		[MEMORY_INCIDENT] = {sizeof(struct views_incident), false},
		[MEMORY_RECEIPT] = {sizeof(struct memory_receipt), true},
		[MEMORY_CHAIN] = {sizeof(struct views_chain), false},
		[MEMORY_ANSWER] = {sizeof(struct views_answer), false},
		[MEMORY_HEALTH] = {sizeof(struct views_health), false},
		[MEMORY_NOTE] = {sizeof(struct views_note), false},
		[MEMORY_POSITION] = {sizeof(uint64_t), false},
	};
	struct memory *m = calloc(1, sizeof(*m));

	(void)where;
	(void)is_new;
	*out = NULL;
	if (!m)
		return ERR_NO_MEMORY;
	for (unsigned i = 0; i < MEMORY_TABLES; i++) {
		unsigned shape = i < MEMORY_KEPT_INCIDENT ? i : i - MEMORY_VIEW_TABLES;

		m->tables[i].row_size = shapes[shape].row_size;
		m->tables[i].owns_bytes = shapes[shape].owns_bytes;
	}
	m->base.kind = &memory_kind;
	*out = &m->base;
	return ERR_OK;
}

static enum err memory_claim(struct store *s, const uint8_t *fleet)
{
	(void)s;
	(void)fleet;
	return ERR_OK;
}

static void memory_close(struct store *s)
{
	memory_free(memory_of(s));
}

static enum err memory_begin(struct store *s)
{
	require(!memory_of(s)->in_transaction);
	memory_of(s)->in_transaction = true;
	return ERR_OK;
}

static enum err memory_commit(struct store *s)
{
	require(memory_of(s)->in_transaction);
	memory_keep(memory_of(s));
	return ERR_OK;
}

/* Nothing is durable here. */
static enum err memory_relax(struct store *s)
{
	(void)s;
	return ERR_OK;
}

static enum err memory_gap(struct store *s, int64_t *known_us)
{
	*known_us = memory_of(s)->known_us;
	return ERR_OK;
}

static enum err memory_gap_put(struct store *s, int64_t known_us)
{
	memory_of(s)->known_us = known_us;
	return ERR_OK;
}

static enum err memory_latest(struct store *s, int64_t *wall_us)
{
	struct memory *m = memory_of(s);

	*wall_us = 0;
	for (size_t i = 0; i < memory_count(m, MEMORY_AUDIT); i++) {
		const struct person_audit *a = memory_row(m, MEMORY_AUDIT, i);

		*wall_us = a->wall_us > *wall_us ? a->wall_us : *wall_us;
	}
	for (size_t i = 0; i < memory_count(m, MEMORY_BATCH); i++) {
		const struct memory_batch *b = memory_row(m, MEMORY_BATCH, i);

		*wall_us = b && b->batch.received_us > *wall_us ? b->batch.received_us : *wall_us;
	}
	return ERR_OK;
}

static void memory_rollback(struct store *s)
{
	memory_undo(memory_of(s));
}

const struct store_kind memory_kind = {
	.open = memory_open,
	.claim = memory_claim,
	.close = memory_close,
	.begin = memory_begin,
	.commit = memory_commit,
	.rollback = memory_rollback,
	.relax = memory_relax,
	.gap = memory_gap,
	.gap_put = memory_gap_put,
	.latest = memory_latest,
	.figures = memory_care_figures,
	.log = &memory_log,
	.registry = &memory_registry,
	.views = &memory_views,
	.person = &memory_person,
	.object = &memory_object,
	.output = &memory_output,
	.crowd = &memory_crowd,
	.factory = &memory_factory,
};
