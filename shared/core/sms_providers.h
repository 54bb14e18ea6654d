// What the providers of SMS want to be sent, signed as their documents say, and how they say yes.
// Pure functions; who calls and when is core/sms.
#pragma once
#include <string>
#include <string_view>

#include "base/config.h"
#include "http/client.h"

namespace hy::sms {

// What a request is made of beside the settings.
struct Sending {
    std::string phone, code;
    int64_t now_ms = 0;
    std::string nonce;  // never twice
    std::string key_secret;
};

// Aliyun SendSms (2017-05-25), signed with ACS3-HMAC-SHA256 ("request syntax and signature method V3").
http::Outgoing aliyun_request(const Config& config, const Sending& sending);
// Tencent Cloud SendSms (2021-01-11), signed with TC3-HMAC-SHA256 ("signature v3").
http::Outgoing tencent_request(const Config& config, const Sending& sending);
// A hook of the operator's: {"phone","code","expiresIn"}, X-Signature = hex HMAC-SHA256(secret, body), and
// against replay X-Signature-2: t=<seconds>,v1=<hex HMAC-SHA256(secret, t + "." + body)>.
http::Outgoing hook_request(const Config& config, const Sending& sending);

// Empty when the provider took it, else what it said, for the log.
std::string aliyun_refusal(const http::Answer& answer);
std::string tencent_refusal(const http::Answer& answer);
std::string hook_refusal(const http::Answer& answer);

// The signatures themselves, as the providers' documents test them.
struct Header {
    std::string name, value;  // name in lower case
};
// `headers` in the order of their names, host among them.
std::string acs3_signature(std::string_view secret, std::string_view method, std::string_view query,
                           const std::vector<Header>& headers, std::string_view body_hash);
std::string tc3_signature(std::string_view secret, std::string_view service, int64_t seconds,
                          const std::vector<Header>& headers, std::string_view body);

}  // namespace hy::sms
