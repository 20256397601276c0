/* SPDX-License-Identifier: Apache-2.0 */
/* What folds records in a build without the link: no event becomes one. */
#include "agent/core/fold.h"

size_t fold_size(uint32_t folds)
{
	(void)folds;
	return 0;
}

void fold_init(struct fold *f, void *memory, uint32_t folds, struct hash_key key)
{
	(void)memory;
	(void)folds;
	*f = (struct fold){.key = key};
}

bool fold_feed(struct fold *f, const struct event *event, struct now now)
{
	(void)f;
	(void)event;
	(void)now;
	return false;
}

bool fold_take(struct fold *f, bool all, struct now now, struct folded *out)
{
	(void)f;
	(void)all;
	(void)now;
	(void)out;
	return false;
}

uint64_t fold_dropped(struct fold *f, bool all, struct now now)
{
	(void)f;
	(void)all;
	(void)now;
	return 0;
}

int64_t fold_deadline(const struct fold *f)
{
	(void)f;
	return INT64_MAX;
}
