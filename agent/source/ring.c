/* SPDX-License-Identifier: Apache-2.0 */
/* The consumer's half of a BPF ring buffer. Never believes a length that does not fit in what was written. */
#include "agent/source/ring.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define HEAD_BYTES 8u
#define LEN_BUSY (UINT32_C(1) << 31)	/* BPF_RINGBUF_BUSY_BIT: not written whole yet */
#define LEN_DISCARD (UINT32_C(1) << 30) /* BPF_RINGBUF_DISCARD_BIT */

bool ring_map(struct ring *r, int fd, uint32_t bytes)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	void *own = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	uint8_t *kernels = mmap(NULL, page + bytes, PROT_READ, MAP_SHARED, fd, (off_t)page);

	if (own == MAP_FAILED || kernels == MAP_FAILED)
		return false;
	r->consumer = own;
	r->producer = (const uint64_t *)(const void *)kernels;
	r->data = kernels + page;
	r->size = bytes;
	return true;
}

/* Copy bytes from the ring, which may go on at its begin. */
static void copy(const struct ring *r, unsigned long at, void *target, size_t len)
{
	size_t from = (size_t)(at & (r->size - 1)), first = len < r->size - from ? len : r->size - from;

	memcpy(target, r->data + from, first);
	memcpy((uint8_t *)target + first, r->data, len - first);
}

/*
 * A place is of the kernel's own type, unsigned long, at the begin of its page, and begins anew behind the greatest
 * number: on 32 bits every 4 GiB. So it is this type in which places are subtracted.
 */
static unsigned long place(const uint64_t *at)
{
	return __atomic_load_n((const unsigned long *)(const void *)at, __ATOMIC_ACQUIRE);
}

static void set_place(struct ring *r, unsigned long at)
{
	__atomic_store_n((unsigned long *)(void *)r->consumer, at, __ATOMIC_RELEASE);
}

bool ring_take(struct ring *r, struct str *out)
{
	unsigned long at = place(r->consumer), end = place(r->producer);

	while (at != end) {
		const uint32_t *head = (const uint32_t *)(const void *)(r->data + (at & (r->size - 8)));
		uint32_t len = __atomic_load_n(head, __ATOMIC_ACQUIRE);
		uint32_t bytes = len & ~(LEN_BUSY | LEN_DISCARD);
		unsigned long whole = (bytes + HEAD_BYTES + 7ul) / 8 * 8;
		bool sane = at % 8 == 0 && end - at <= r->size;

		if (sane && len & LEN_BUSY)
			return false;
		if (!sane || whole > end - at) {
			r->damaged++;
			set_place(r, end);
			return false;
		}
		out->len = bytes < r->record_max ? bytes : r->record_max;
		out->data = r->record;
		copy(r, at + HEAD_BYTES, r->record, out->len);
		at += whole;
		set_place(r, at);
		if (!(len & LEN_DISCARD))
			return true;
	}
	return false;
}
