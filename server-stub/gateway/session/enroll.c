/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the request of a device that wants to join. The fleet decides whether it may. */
#include "server-stub/gateway/session/enroll.h"

#include "proto/wire.h"
#include "server-stub/gateway/session/request.h"

#include <string.h>

/* Copy bytes that are not empty. False: there are none, or more than `cap`. */
static bool read_bytes(const struct wire_field *f, uint8_t *out, size_t cap, size_t *len)
{
	if (f->type != WIRE_BYTES || f->bytes.len == 0 || f->bytes.len > cap)
		return false;
	*len = f->bytes.len;
	memcpy(out, f->bytes.data, f->bytes.len);
	return true;
}

static bool is_whole(const struct enroll_request *r)
{
	return r->csr_len > 0 && (r->old_cert_len > 0) == (r->vouch_len > 0);
}

static enum err read_fields(struct str bytes, struct enroll_request *out)
{
	struct wire_field f;
	enum err err;

	while ((err = wire_next(&bytes, &f)) == ERR_OK) {
		switch (f.number) {
		case 1:
			if (str_copy(f.bytes, out->token, sizeof(out->token)) != ERR_OK)
				return ERR_PROTOCOL;
			break;
		case 2:
			if (!read_bytes(&f, out->csr, sizeof(out->csr), &out->csr_len))
				return ERR_PROTOCOL;
			break;
		case 3: str_show(f.bytes, out->hostname, sizeof(out->hostname)); break;
		case 4: str_show(f.bytes, out->arch, sizeof(out->arch)); break;
		case 5: str_show(f.bytes, out->version, sizeof(out->version)); break;
		case 6:
			if (f.type != WIRE_BYTES || f.bytes.len != STORE_KEY)
				return ERR_PROTOCOL;
			out->has_receipt_key = true;
			memcpy(out->receipt_key, f.bytes.data, STORE_KEY);
			break;
		case 7:
			if (!read_bytes(&f, out->old_cert, sizeof(out->old_cert), &out->old_cert_len))
				return ERR_PROTOCOL;
			break;
		case 8:
			if (!read_bytes(&f, out->vouch, sizeof(out->vouch), &out->vouch_len))
				return ERR_PROTOCOL;
			break;
		default: break;
		}
	}
	return err == ERR_NOT_FOUND && is_whole(out) ? ERR_OK : ERR_PROTOCOL;
}

enum err enroll_read(struct str bytes, struct enroll_request *out)
{
	enum request_body body;
	struct str frame, message;
	enum err err = frame_take(&bytes, &frame);

	memset(out, 0, sizeof(*out));
	if (err != ERR_OK)
		return err;
	err = request_read(frame, &body, &message);
	if (err != ERR_OK || body != REQUEST_ENROLL || !str_empty(bytes))
		return ERR_PROTOCOL;
	return read_fields(message, out);
}
