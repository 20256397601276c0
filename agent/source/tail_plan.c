/* SPDX-License-Identifier: Apache-2.0 */
/* Decides from where to read a log file. Never touches a file. */
#include "agent/source/tail_plan.h"

#include "agent/base/hash.h"

static bool same_head(const struct core_place *at, const struct tail_look *look)
{
	return at->head_len <= look->head_len && at->head_crc == hash_crc32c(0, look->head, at->head_len);
}

/* Whether the file is still the one that was read: it is long enough, and its first bytes are the same. */
static bool holds(const struct core_place *at, const struct tail_look *look)
{
	return at->inode == look->inode && at->offset <= look->size && same_head(at, look);
}

enum tail_plan tail_plan_open(const struct core_place *saved, const struct tail_look *look, bool late)
{
	if (!saved || saved->inode == 0)
		return late ? TAIL_BEGIN : TAIL_END;
	if (holds(saved, look))
		return TAIL_RESUME;
	return saved->inode == look->inode ? TAIL_BEGIN : TAIL_SIBLING;
}

enum tail_plan tail_plan_sibling(const struct core_place *saved, const struct tail_look *look)
{
	return holds(saved, look) ? TAIL_RESUME : TAIL_BEGIN;
}

enum tail_plan tail_plan_follow(const struct core_place *at, const struct tail_look *look)
{
	return at->offset <= look->size && same_head(at, look) ? TAIL_RESUME : TAIL_BEGIN;
}

struct core_place tail_plan_place(const struct tail_look *look, uint64_t offset)
{
	return (struct core_place){.inode = look->inode,
				   .offset = offset,
				   .head_crc = hash_crc32c(0, look->head, look->head_len),
				   .head_len = (uint32_t)look->head_len};
}
