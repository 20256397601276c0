/* SPDX-License-Identifier: Apache-2.0 */
/* What an order's bytes say, for whoever is to sign them. */
#pragma once

#include "proto/order.h"

#include <stdio.h>

/* Print its steps, for whom, by whom and until when it is, a line or more each. */
void order_say(const struct order *o, FILE *out);
