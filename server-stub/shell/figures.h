/* SPDX-License-Identifier: Apache-2.0 */
/* The gateway's figures as the API shows them. */
#pragma once

#include "server-stub/api/api.h"
#include "server-stub/gateway/gateway.h"

void figures_read(struct gateway *gateway, struct api_figures *out);
