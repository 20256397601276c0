/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the request of a device that wants to join. The fleet decides whether it may. */
#include "server-stub/gateway/session/enroll.h"

#include "proto/wire.h"
#include "server-stub/gateway/session/request.h"

#include <string.h>

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
			if (f.type != WIRE_BYTES || f.bytes.len == 0 || f.bytes.len > sizeof(out->csr))
				return ERR_PROTOCOL;
			out->csr_len = f.bytes.len;
			memcpy(out->csr, f.bytes.data, f.bytes.len);
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
		default: break;
		}
	}
	return err == ERR_NOT_FOUND && out->csr_len > 0 ? ERR_OK : ERR_PROTOCOL;
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
