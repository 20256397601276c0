/* SPDX-License-Identifier: Apache-2.0 */
/* The calls of views.h: they check the caller's bounds and call the functions of the store that was opened. */
#include "server-stub/store/views.h"

#include "server-stub/store/kind.h"

enum err views_incident_put(struct store *s, const struct views_incident *i)
{
	return s->kind->views->incident_put(s, i);
}

enum err views_incident_get(struct store *s, const uint8_t id[STORE_ID], struct views_incident *out)
{
	return s->kind->views->incident_get(s, id, out);
}

enum err views_incident_of(struct store *s, const uint8_t device[STORE_ID], const uint8_t id[STORE_ID],
			   struct views_incident *out)
{
	return s->kind->views->incident_of(s, device, id, out);
}

enum err views_incident_list(struct store *s, unsigned state, const uint8_t *device, uint64_t before, unsigned max,
			     bool (*each)(void *arg, uint64_t rowid, const struct views_incident *i), void *arg)
{
	const struct views_incident_query q = {state, device, before, store_page(max), each, arg};

	return s->kind->views->incident_list(s, &q);
}

enum err views_receipt_put(struct store *s, const struct views_receipt *r)
{
	return s->kind->views->receipt_put(s, r);
}

enum err views_receipt_list(struct store *s, const uint8_t *order_id, const uint8_t *incident_id, unsigned max,
			    bool (*each)(void *arg, const struct views_receipt *r), void *arg)
{
	const struct views_receipt_query q = {order_id, incident_id, store_page(max), each, arg};

	return s->kind->views->receipt_list(s, &q);
}

enum err views_receipt_prove(struct store *s, const uint8_t device[STORE_ID], uint64_t seq, enum views_proof proof)
{
	return s->kind->views->receipt_prove(s, device, seq, proof);
}

enum err views_receipt_hash(struct store *s, const uint8_t device[STORE_ID], uint64_t seq, uint8_t hash[STORE_HASH])
{
	return s->kind->views->receipt_hash(s, device, seq, hash);
}

enum err views_chain_put(struct store *s, const struct views_chain *c)
{
	return s->kind->views->chain_put(s, c);
}

enum err views_chain_get(struct store *s, const uint8_t device[STORE_ID], struct views_chain *out)
{
	return s->kind->views->chain_get(s, device, out);
}

enum err views_answer_add(struct store *s, const struct views_answer *a)
{
	return s->kind->views->answer_add(s, a);
}

enum err views_health_put(struct store *s, const struct views_health *h)
{
	return s->kind->views->health_put(s, h);
}

enum err views_health_get(struct store *s, const uint8_t device[STORE_ID], struct views_health *out)
{
	return s->kind->views->health_get(s, device, out);
}

enum err views_note_put(struct store *s, const struct views_note *n)
{
	return s->kind->views->note_put(s, n);
}

enum err views_note_list(struct store *s, const uint8_t device[STORE_ID], const uint8_t incident_id[STORE_ID],
			 unsigned max, bool (*each)(void *arg, const struct views_note *n), void *arg)
{
	const struct views_note_query q = {device, incident_id, store_page(max), each, arg};

	return s->kind->views->note_list(s, &q);
}

void views_choose(struct store *s, enum views_set set)
{
	s->kind->views->choose(s, set);
}

enum err views_position(struct store *s, uint64_t *position)
{
	return s->kind->views->position(s, position);
}

enum err views_position_put(struct store *s, uint64_t position)
{
	return s->kind->views->position_put(s, position);
}

enum err views_clear(struct store *s)
{
	return s->kind->views->clear(s);
}

enum err views_restore(struct store *s)
{
	return s->kind->views->restore(s);
}

enum err views_retain(struct store *s, int64_t older_than_us)
{
	return s->kind->views->retain(s, older_than_us);
}
