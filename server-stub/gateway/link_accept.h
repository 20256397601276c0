/* SPDX-License-Identifier: Apache-2.0 */
/* Where connections come from. */
#pragma once

#include "server-stub/gateway/link.h"

/* Bind and listen where server.conf says; what connects becomes a link. ERR_IO with a sentence. */
ERR_CHECK enum err link_accept_open(struct links *links, char error[LINK_TLS_ERROR_MAX]);
