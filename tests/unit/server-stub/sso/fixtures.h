/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tokens and keys as a provider makes them, by Node's crypto with keys that were thrown away: claims of ada at
 * https://idp.example, for the client caltrop, made at 1800000000 and good for five minutes.
 */
#pragma once

/* clang-format off */
#define SET \
	"{\"keys\":[{\"kty\":\"RSA\",\"n\":\"mmBBGp9WrjZ3lbvX1y0i2JJbtZpmFZeIjJocKkli59TgO" \
	"ayU4j7blgZOgWPGKfhwYJJvMjMMTmjX67km-xo-mwHTeUvOpqIMF_hokyvryIIxRQqSZt5mi" \
	"jNN2XMg-IaiyuEAdfBAXiFnuL9mme-wuGPOCqOyOE8hhyYqSC51w6I8hmlmSY-LZtdhnHrNA" \
	"YxcJygWD_98X1g3v0nqjlpCyGpVve0Czwr5iDcI3pYwFZeKb3VZVy9tUEX6DZA7u_DxmZiMZ" \
	"bPnHfhCzjMUs5hPkkf5ZaFCvPqlkbRSSFblpxUMk900NIMO18ie3T2_9Vcask_AYTHxifZfQ" \
	"yAADzonaQ\",\"e\":\"AQAB\",\"kid\":\"r\",\"use\":\"sig\"},{\"kty\":\"RSA\",\"n\":\"wccdsUJwK" \
	"HBKDoXdYoFX9qyLDRzWmA4TrORX2036XtfTi8AjMGuzMSTaAess_yaLYmr0cRIlUoq6WGD-o" \
	"oUL8OreyNezW7vZmREuonsOjOtEryHehRr_rIgNNWYGmXpn2EZdhxPJlKY_wM6a6gw_EeaTa" \
	"CdboPqHwTiC44-m3bggLj0Y9wvJgXxp5ulRdXisZvh_Hlz7TR4K3bfBwbnhYCaOxj0-JW4Ox" \
	"XYH6qOlgnROxgxqa4PLvzHrcAQgQts50fqw5nSzG55gvUtaNGgPLGndx7nATuJlEQUIpauh9" \
	"peqslVjB0fcEl652Q4bvYEP4nfa7CDVeV1EZ0BAsxt67w\",\"e\":\"AQAB\",\"kid\":\"r2\",\"al" \
	"g\":\"RS256\"},{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"xlGU_VebRaUDCJseLPJ3au_IseLFb" \
	"mM_Nu8Hto8MKYc\",\"y\":\"C-MBeC9ctfy7e-AlouUD0NiGZf3yhkFa38Y23iy8dw0\",\"kid\":" \
	"\"e\",\"alg\":\"ES256\"},{\"kty\":\"oct\",\"k\":\"AAAA\",\"kid\":\"secret\"},{\"kty\":\"RSA\"," \
	"\"n\":\"mmBBGp9WrjZ3lbvX1y0i2JJbtZpmFZeIjJocKkli59TgOayU4j7blgZOgWPGKfhwYJJ" \
	"vMjMMTmjX67km-xo-mwHTeUvOpqIMF_hokyvryIIxRQqSZt5mijNN2XMg-IaiyuEAdfBAXiF" \
	"nuL9mme-wuGPOCqOyOE8hhyYqSC51w6I8hmlmSY-LZtdhnHrNAYxcJygWD_98X1g3v0nqjlp" \
	"CyGpVve0Czwr5iDcI3pYwFZeKb3VZVy9tUEX6DZA7u_DxmZiMZbPnHfhCzjMUs5hPkkf5ZaF" \
	"CvPqlkbRSSFblpxUMk900NIMO18ie3T2_9Vcask_AYTHxifZfQyAADzonaQ\",\"e\":\"AQAB\"," \
	"\"kid\":\"enc\",\"use\":\"enc\"},{\"kty\":\"EC\",\"crv\":\"P-384\",\"x\":\"AA\",\"y\":\"AA\",\"ki" \
	"d\":\"big\"}]}"
#define SHORT_SET \
	"{\"keys\":[{\"kty\":\"RSA\",\"n\":\"o-FdlPbwOyR3yLAbDshIOY9_oE8CNf6OKcYTFzKTkP299" \
	"97Dqy9NGZsQ2lE92D8OUwvt694kyPNrushdIIGECuKP18ic99VjHiJMFSRA4ocIaJk0Iw66T" \
	"kEapELJwCWTZ_ZuQVKCBpRAdC2dlOHBpTeGUvi2nP0zFxKoy8TvmHU\",\"e\":\"AQAB\",\"kid\"" \
	":\"s\"}]}"
#define RS256 \
	"eyJhbGciOiJSUzI1NiIsImtpZCI6InIifQ.eyJpc3MiOiJodHRwczovL2lkcC5leGFtcGxlI" \
	"iwic3ViIjoiYWRhIiwiYXVkIjoiY2FsdHJvcCIsImV4cCI6MTgwMDAwMDMwMCwiaWF0IjoxO" \
	"DAwMDAwMDAwLCJub25jZSI6Im5vbmNlLW9mLXRoaXMiLCJncm91cHMiOlsiYWRtaW5zIiwiY" \
	"WxsIl0sInByZWZlcnJlZF91c2VybmFtZSI6ImFkYUBleGFtcGxlLm9yZyJ9.h8fHVKJ5HFfG" \
	"kt4irmznltfiU3FV9ysgUW0nUgMCxlf2ua29Kzfwxgdh8N3dxgJQeKlyWiFaYtjyttHYwIab" \
	"7jdSJtfsrAq4QTAMksujoTluuNG_J5B_2ZM9XLC2JZlGzSQ7HLqkxOZeTw9V6nDSXgMSXILn" \
	"--hHXyzqKlrYTqKIy6bnWCkFr48FnQw4rpBKAtBjrBP-L7QCSAk4ZKroEdiG3tHStfe3z2TV" \
	"eYH3bItuu6xW48nKZwW1iVxNs0NWjuWZmWid8C3D8d5eCoBFpXNFPZnSnBBnBPaOOm40Y103" \
	"44a91nZv37Md9KszwZd_7SpoXCfddoocr4a3YTtKyg"
#define PS256 \
	"eyJhbGciOiJQUzI1NiIsImtpZCI6InIifQ.eyJpc3MiOiJodHRwczovL2lkcC5leGFtcGxlI" \
	"iwic3ViIjoiYWRhIiwiYXVkIjoiY2FsdHJvcCIsImV4cCI6MTgwMDAwMDMwMCwiaWF0IjoxO" \
	"DAwMDAwMDAwLCJub25jZSI6Im5vbmNlLW9mLXRoaXMiLCJncm91cHMiOlsiYWRtaW5zIiwiY" \
	"WxsIl0sInByZWZlcnJlZF91c2VybmFtZSI6ImFkYUBleGFtcGxlLm9yZyJ9.G2iVuAxUsyZD" \
	"GbnVPeroLed6o7b5qIGY0tMKKJWB7IQi2AcNESHNCU4xLhqXhp5tvhb0EcSsORlITDLtYGas" \
	"0NlrOQb0d3Cuic_tNvTUWwCWpaoRyBpHes4BpI6jcW_JETgzS7pa5CMkvSjWkZn1muCb9PDy" \
	"czLKxJM5ZGOGUomrXUceDtJsNhtiYBqCH0p9wlI8oryzDNANwWTkB40mqR4AqE3vV-EPILte" \
	"0ypnOotNTUPuNS8THwIZ6Fa75d-ML7OBSXBDmSkAQuRsDffFk4X-TPAbicOFd0iM4F_Ap9DC" \
	"zfewMgLuZksQo_D4Mx1ioBkSQnRFwt_qYk9nghnT3g"
#define ES256 \
	"eyJhbGciOiJFUzI1NiIsImtpZCI6ImUifQ.eyJpc3MiOiJodHRwczovL2lkcC5leGFtcGxlI" \
	"iwic3ViIjoiYWRhIiwiYXVkIjoiY2FsdHJvcCIsImV4cCI6MTgwMDAwMDMwMCwiaWF0IjoxO" \
	"DAwMDAwMDAwLCJub25jZSI6Im5vbmNlLW9mLXRoaXMiLCJncm91cHMiOlsiYWRtaW5zIiwiY" \
	"WxsIl0sInByZWZlcnJlZF91c2VybmFtZSI6ImFkYUBleGFtcGxlLm9yZyJ9._zZgZAXO1iAW" \
	"0t_NPs1Lyfe_QSKH9DiXcsXM-k2_yGa2dl1jB_lB3YO_qO_-28dkh0-hSj1tYYd5xYabkNU_" \
	"4w"
#define NO_KID \
	"eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJodHRwczovL2lkcC5leGFtcGxlIiwic3ViIjoiYWR" \
	"hIiwiYXVkIjoiY2FsdHJvcCIsImV4cCI6MTgwMDAwMDMwMCwiaWF0IjoxODAwMDAwMDAwLCJ" \
	"ub25jZSI6Im5vbmNlLW9mLXRoaXMiLCJncm91cHMiOlsiYWRtaW5zIiwiYWxsIl0sInByZWZ" \
	"lcnJlZF91c2VybmFtZSI6ImFkYUBleGFtcGxlLm9yZyJ9.dZoULfzebYysNbS_-KKlyRmY1S" \
	"4_QDCcU6GH1LkPqBWt4vaFkq5pe-LZp4SlaMxBDY2sBFdqYIrU3Y8Xo1UhhQ"
#define NONE \
	"eyJhbGciOiJub25lIiwia2lkIjoiciJ9.eyJpc3MiOiJodHRwczovL2lkcC5leGFtcGxlIiw" \
	"ic3ViIjoiYWRhIiwiYXVkIjoiY2FsdHJvcCIsImV4cCI6MTgwMDAwMDMwMCwiaWF0IjoxODA" \
	"wMDAwMDAwLCJub25jZSI6Im5vbmNlLW9mLXRoaXMiLCJncm91cHMiOlsiYWRtaW5zIiwiYWx" \
	"sIl0sInByZWZlcnJlZF91c2VybmFtZSI6ImFkYUBleGFtcGxlLm9yZyJ9."
#define HS256 \
	"eyJhbGciOiJIUzI1NiIsImtpZCI6InIifQ.eyJpc3MiOiJodHRwczovL2lkcC5leGFtcGxlI" \
	"iwic3ViIjoiYWRhIiwiYXVkIjoiY2FsdHJvcCIsImV4cCI6MTgwMDAwMDMwMCwiaWF0IjoxO" \
	"DAwMDAwMDAwLCJub25jZSI6Im5vbmNlLW9mLXRoaXMiLCJncm91cHMiOlsiYWRtaW5zIiwiY" \
	"WxsIl0sInByZWZlcnJlZF91c2VybmFtZSI6ImFkYUBleGFtcGxlLm9yZyJ9.Vnuo6Zdto_-R" \
	"kA5qBJ9feOahUnEo3G2GlByIwndZIIY"
#define CRITICAL \
	"eyJhbGciOiJSUzI1NiIsImtpZCI6InIiLCJjcml0IjpbImV4cCJdfQ.eyJpc3MiOiJodHRwc" \
	"zovL2lkcC5leGFtcGxlIiwic3ViIjoiYWRhIiwiYXVkIjoiY2FsdHJvcCIsImV4cCI6MTgwM" \
	"DAwMDMwMCwiaWF0IjoxODAwMDAwMDAwLCJub25jZSI6Im5vbmNlLW9mLXRoaXMiLCJncm91c" \
	"HMiOlsiYWRtaW5zIiwiYWxsIl0sInByZWZlcnJlZF91c2VybmFtZSI6ImFkYUBleGFtcGxlL" \
	"m9yZyJ9.ON9nW4YTWn2jXiDgu-prylEK0nvoHNONGPHQzDmW3TwnvFDLYzIz_XOqit_D22Bj" \
	"FFNH3xXkWAjycxhpMpdJl8rkV2UkwkwoO9d5KdjORwNyY3OQKBnfn58AZ-XmDgqMBXRQqi7O" \
	"eKOSbM0qmTE4rusRJSXSx_WuuLTnY32fDjRPmeqNz5lJeuiRCbGGNWg0WWiQdASqk4JrTEkY" \
	"SOnfzdkfbULKIbdDKHkCrAr9GAdbQAwpuzGeQy4i-Uiri-vuhfch6kQW7aV7I87ss9Tr7kY1" \
	"J9LFt_YfmxT4qZ6ND7qIAbyX-txnkqyqblE8LTGdG3S4CtuHhXbCpBC86KYtEQ"
#define OTHER_KEY \
	"eyJhbGciOiJSUzI1NiIsImtpZCI6InIifQ.eyJpc3MiOiJodHRwczovL2lkcC5leGFtcGxlI" \
	"iwic3ViIjoiYWRhIiwiYXVkIjoiY2FsdHJvcCIsImV4cCI6MTgwMDAwMDMwMCwiaWF0IjoxO" \
	"DAwMDAwMDAwLCJub25jZSI6Im5vbmNlLW9mLXRoaXMiLCJncm91cHMiOlsiYWRtaW5zIiwiY" \
	"WxsIl0sInByZWZlcnJlZF91c2VybmFtZSI6ImFkYUBleGFtcGxlLm9yZyJ9.jtMXgSOk6OXv" \
	"t4bKPZFwiQL80LKwMf07cU047teVr5S_9pwRbqBfsU_kZoxeqvPXAhaRsUTjQDHQ0F5efpko" \
	"dakhMHK7Bh3tU7TV4KpTTABghT8_FUgaJdMLp4u2c78m7Gaf7ue9w2mnscZ_Owu2fQvT4YsC" \
	"UKix5Rrga1cDfxPJ7ypDSO8zeyxH_sW7Sea6HD3R5bxLmPF4bh0zvoLPDLpvsKGAiwZagobF" \
	"-rH7hzK5gGRx4J1g-l_jZHPfRExmXavGqD2cQ0J49a7bYuZK5DanoT1KhQlaTW9uWq7MkmgZ" \
	"injDTF9-UiQG_6zB4qWcKemTjs_4HhTd7-hUb45m_A"
/* clang-format on */
