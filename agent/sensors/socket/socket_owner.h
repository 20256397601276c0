/* SPDX-License-Identifier: Apache-2.0 */
/* Who owns a socket, as far as it is known, cut to what a table has room for. Pure. */
#pragma once

#include "agent/base/str.h"
#include "agent/sensors/socket/socket_text.h"

#include <stdbool.h>
#include <stdint.h>

#define SOCKET_OWNER_IMAGE 112u
#define SOCKET_OWNER_NUMBER 12u /* bytes of a number as text */

struct socket_owner {
	uint32_t pid; /* 0: not known, nor name and image */
	uint32_t uid;
	bool uid_known;
	uint8_t name_len, image_len;
	char name[SOCKET_SAMPLE_NAME];
	char image[SOCKET_OWNER_IMAGE];
};

/* Note what a sample says of the owner, with the path of its program in full. */
void socket_owner_note(struct socket_owner *o, const struct socket_text *t, struct str image);

/* The owner's texts as an event has them: of a user, "root" or the number. The number is written into `number`. */
struct socket_owner_texts {
	struct str image, name, user, uid;
};

struct socket_owner_texts socket_owner_texts(const struct socket_owner *o, char number[SOCKET_OWNER_NUMBER]);

/* Whether two are the same user and program. */
bool socket_owner_is_alike(const struct socket_owner *a, const struct socket_owner *b);
