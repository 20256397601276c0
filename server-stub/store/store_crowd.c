/* SPDX-License-Identifier: Apache-2.0 */
/* The calls of store_crowd.h: they call the functions of the store that was opened. */
#include "server-stub/store/store_crowd.h"

#include "agent/base/require.h"
#include "server-stub/store/kind.h"

enum err store_crowd_put(struct store *s, const struct store_crowd *c)
{
	require(c->count > 0 && c->count <= STORE_CROWD_SIGHTS);
	return s->kind->crowd->put(s, c);
}

enum err store_crowd_remove(struct store *s, uint8_t kind, const uint8_t name[STORE_CROWD_NAME])
{
	return s->kind->crowd->remove(s, kind, name);
}

enum err store_crowd_retain(struct store *s, uint8_t kind, int64_t since_us)
{
	return s->kind->crowd->retain(s, kind, since_us);
}

enum err store_crowd_list(struct store *s, uint8_t kind, bool (*each)(void *arg, const struct store_crowd *c),
			  void *arg)
{
	return s->kind->crowd->list(s, kind, each, arg);
}

enum err store_crowd_offer_put(struct store *s, const struct store_crowd_offer *o)
{
	return s->kind->crowd->offer_put(s, o);
}

enum err store_crowd_offer_list(struct store *s, int64_t wall_us,
				bool (*each)(void *arg, const struct store_crowd_offer *o), void *arg)
{
	return s->kind->crowd->offer_list(s, wall_us, each, arg);
}

enum err store_crowd_hush_put(struct store *s, const struct store_crowd_hush *h)
{
	return s->kind->crowd->hush_put(s, h);
}

enum err store_crowd_hush_get(struct store *s, struct store_crowd_hush *out)
{
	return s->kind->crowd->hush_get(s, out);
}
