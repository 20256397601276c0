/* SPDX-License-Identifier: Apache-2.0 */
/* Samples that wait for an answer. Never keeps one for longer than an answer can take. */
#include "agent/source/socket_ask.h"

#include "agent/base/require.h"

#include <string.h>

void socket_ask_init(struct socket_ask *a)
{
	memset(a, 0, offsetof(struct socket_ask, memory));
	require(lru_size(CONFIG_LISTENERS_MAX, 0) <= sizeof(a->memory));
	lru_init(&a->asked, a->memory, CONFIG_LISTENERS_MAX, 0);
}

bool socket_ask_did(const struct socket_ask *a, uint64_t cookie)
{
	return lru_find(&a->asked, cookie) != NULL;
}

static struct socket_ask_row *find(struct socket_ask *a, uint64_t cookie)
{
	for (unsigned i = 0; i < SOCKET_ASK_MAX; i++) {
		struct socket_ask_row *row = &a->rows[i];

		if (row->request != 0 && row->sample.kind == SOCKET_SAMPLE_LISTENS && row->sample.cookie == cookie)
			return row;
	}
	return NULL;
}

bool socket_ask_holds(struct socket_ask *a, uint64_t cookie, uint32_t look)
{
	struct socket_ask_row *row = find(a, cookie);

	if (!row || row->given)
		return false;
	row->sample.look = look;
	return true;
}

static void forget(struct socket_ask *a, const struct socket_sample *h)
{
	void *entry = h->kind == SOCKET_SAMPLE_LISTENS ? lru_find(&a->asked, h->cookie) : NULL;

	if (entry)
		lru_remove(&a->asked, entry);
}

bool socket_ask_put(struct socket_ask *a, const struct socket_ask_row *row, struct actor_owner *question)
{
	const struct socket_sample *sample = &row->sample;

	for (unsigned i = 0; i < SOCKET_ASK_MAX; i++) {
		if (a->rows[i].request != 0)
			continue;
		a->rows[i] = *row;
		a->rows[i].request = question->header.request_id = ++a->last;
		if (sample->kind == SOCKET_SAMPLE_LISTENS && !socket_ask_did(a, sample->cookie))
			lru_add(&a->asked, sample->cookie);
		return true;
	}
	a->unasked++;
	return false;
}

/* Free the row. Whether its sample is still to be given. */
static bool take(struct socket_ask_row *row, struct socket_sample *out)
{
	row->request = 0;
	*out = row->sample;
	return !row->given;
}

static size_t complete(const struct actor_owner_answer *answer, struct socket_sample *h, char out[SOCKET_SAMPLE_MAX])
{
	h->pid = answer->pid;
	memcpy(h->name, answer->name, sizeof(h->name));
	h->exe_len = answer->exe_len < MESSAGE_EXE_MAX ? answer->exe_len : MESSAGE_EXE_MAX;
	memcpy(out, h, sizeof(*h));
	memcpy(out + sizeof(*h), answer->exe, h->exe_len);
	return sizeof(*h) + h->exe_len;
}

/* The next look may ask again. */
static void put_off(struct socket_ask *a, const struct socket_sample *h)
{
	a->unasked++;
	forget(a, h);
}

size_t socket_ask_answer(struct socket_ask *a, const struct actor_owner_answer *answer, char out[SOCKET_SAMPLE_MAX])
{
	_Static_assert(MESSAGE_EXE_MAX <= SOCKET_SAMPLE_PATH_MAX, "a sample holds the path");
	struct socket_sample h;
	bool waits;

	for (unsigned i = 0; i < SOCKET_ASK_MAX; i++) {
		if (a->rows[i].request == 0 || a->rows[i].request != answer->header.request_id)
			continue;
		waits = take(&a->rows[i], &h);
		a->found += answer->err == ERR_OK;
		a->unknown += answer->err == ERR_NOT_FOUND;
		if (answer->err == ERR_OK)
			return complete(answer, &h, out);
		if (answer->err != ERR_NOT_FOUND)
			put_off(a, &h);
		memcpy(out, &h, sizeof(h));
		return waits ? sizeof(h) : 0;
	}
	return 0;
}

bool socket_ask_late(struct socket_ask *a, int64_t now_us, struct socket_sample *out)
{
	bool waits;

	for (unsigned i = 0; i < SOCKET_ASK_MAX; i++) {
		if (a->rows[i].request == 0 || a->rows[i].until_us > now_us)
			continue;
		waits = take(&a->rows[i], out);
		put_off(a, out);
		if (waits)
			return true;
	}
	return false;
}

bool socket_ask_closed(struct socket_ask *a, uint64_t cookie, struct socket_sample *out)
{
	struct socket_ask_row *row = find(a, cookie);

	forget(a, &(struct socket_sample){.kind = SOCKET_SAMPLE_LISTENS, .cookie = cookie});
	if (!row)
		return false;
	a->unknown++;
	return take(row, out);
}
