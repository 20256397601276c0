/* SPDX-License-Identifier: Apache-2.0 */
/* Receipts as the guard of MESSAGE_VERSION 10 kept them: the bytes of its struct, on the same machine. Pure. */
#pragma once

#include "agent/common/message.h"

/* Read one. ERR_UNSUPPORTED: it is none, or of another version. The header is as it was. */
ERR_CHECK enum err receipt_kept_old_take(struct str bytes, struct actor_receipt *out);
