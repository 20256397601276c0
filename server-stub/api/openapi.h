/* SPDX-License-Identifier: Apache-2.0 */
/* The text of openapi.json, which the build makes into an array. */
#pragma once

extern const char openapi_json[];
extern const unsigned openapi_json_len;
