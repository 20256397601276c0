/* SPDX-License-Identifier: Apache-2.0 */
/* The spool of a build without the link: there are no records (record_none.c), so it keeps none and touches no disk. */
#include "agent/spool/spool.h"

struct spool {
	char nothing;
};

size_t spool_size(const struct spool_limits *limits)
{
	(void)limits;
	return sizeof(struct spool);
}

struct spool *spool_init(void *memory, const struct spool_limits *limits, const struct spool_disk *disk,
			 const uint8_t new_id[16])
{
	(void)limits;
	(void)disk;
	(void)new_id;
	return memory;
}

enum err spool_append(struct spool *spool, unsigned severity, struct str record, struct now now)
{
	(void)spool;
	(void)severity;
	(void)record;
	(void)now;
	return ERR_OK;
}

void spool_synced(struct spool *spool, uint64_t token, enum err err, struct now now)
{
	(void)spool;
	(void)token;
	(void)err;
	(void)now;
}

void spool_tick(struct spool *spool, struct now now)
{
	(void)spool;
	(void)now;
}

int64_t spool_deadline(const struct spool *spool)
{
	(void)spool;
	return INT64_MAX;
}

void spool_close(struct spool *spool)
{
	(void)spool;
}

void spool_health(const struct spool *spool, struct spool_health *out)
{
	(void)spool;
	*out = (struct spool_health){.next_seq = 1, .oldest_seq = 1};
}
