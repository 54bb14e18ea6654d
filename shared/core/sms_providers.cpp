#include "core/sms_providers.h"

#include <algorithm>

#include "auth/crypto.h"
#include "base/encode.h"
#include "base/text.h"
#include "core/sms.h"
#include "http/message.h"
#include "json/value.h"
#include "json/writer.h"

namespace hy::sms {

namespace {

std::string hex_hash(std::string_view text) { return to_hex(auth::sha256(text)); }
std::string hex_hmac(std::string_view key, std::string_view text) { return to_hex(auth::hmac_sha256(key, text)); }

struct Canonical {
    std::string lines, names;
};

Canonical canonical(const std::vector<Header>& headers) {
    Canonical c;
    for (const auto& header : headers) {
        c.lines += header.name + ":" + header.value + "\n";
        c.names += (c.names.empty() ? "" : ";") + header.name;
    }
    return c;
}

std::string request_hash(std::string_view method, std::string_view query, const Canonical& c, std::string_view hash) {
    return hex_hash(std::string(method) + "\n/\n" + std::string(query) + "\n" + c.lines + "\n" + c.names + "\n" +
                    std::string(hash));
}

// 2019-02-25
std::string utc_day(int64_t ms) { return iso8601(ms).substr(0, 10); }

std::string host_of(std::string_view url) {
    const size_t scheme = url.find("://");
    const std::string_view rest = scheme == std::string_view::npos ? url : url.substr(scheme + 3);
    return std::string(rest.substr(0, rest.find('/')));
}

std::string base_url(const Config& config, const char* usual) {
    std::string url = config.sms.base_url.empty() ? usual : config.sms.base_url;
    while (url.ends_with('/')) url.pop_back();
    return url;
}

void add(http::Outgoing& request, const std::vector<Header>& headers) {
    for (const auto& header : headers)
        if (header.name != "host") request.headers.emplace_back(header.name, header.value);
}

}  // namespace

std::string acs3_signature(std::string_view secret, std::string_view method, std::string_view query,
                           const std::vector<Header>& headers, std::string_view body_hash) {
    return hex_hmac(secret, "ACS3-HMAC-SHA256\n" + request_hash(method, query, canonical(headers), body_hash));
}

std::string tc3_signature(std::string_view secret, std::string_view service, int64_t seconds,
                          const std::vector<Header>& headers, std::string_view body) {
    const std::string day = utc_day(seconds * 1000), scope = day + "/" + std::string(service) + "/tc3_request";
    const std::string text = "TC3-HMAC-SHA256\n" + std::to_string(seconds) + "\n" + scope + "\n" +
                             request_hash("POST", "", canonical(headers), hex_hash(body));
    const std::string dated = auth::hmac_sha256("TC3" + std::string(secret), day);
    return hex_hmac(auth::hmac_sha256(auth::hmac_sha256(dated, service), "tc3_request"), text);
}

http::Outgoing aliyun_request(const Config& config, const Sending& sending) {
    json::Writer values;
    values.begin_object().field("code", sending.code).end_object();
    // In the order of the names, as the signature wants them.
    const std::string query = "PhoneNumbers=" + http::percent_encode(sending.phone) +
                              "&SignName=" + http::percent_encode(config.sms.sign_name) +
                              "&TemplateCode=" + http::percent_encode(config.sms.template_id) +
                              "&TemplateParam=" + http::percent_encode(values.text());
    const std::string url = base_url(config, "https://dysmsapi.aliyuncs.com"), nothing = hex_hash("");
    const std::vector<Header> headers = {{"host", host_of(url)},
                                         {"x-acs-action", "SendSms"},
                                         {"x-acs-content-sha256", nothing},
                                         {"x-acs-date", iso8601(sending.now_ms).substr(0, 19) + "Z"},
                                         {"x-acs-signature-nonce", sending.nonce},
                                         {"x-acs-version", "2017-05-25"}};
    http::Outgoing request{"POST", url + "/?" + query};
    add(request, headers);
    request.headers.emplace_back(
        "Authorization", "ACS3-HMAC-SHA256 Credential=" + config.sms.key_id +
                             ",SignedHeaders=" + canonical(headers).names +
                             ",Signature=" + acs3_signature(sending.key_secret, "POST", query, headers, nothing));
    return request;
}

http::Outgoing tencent_request(const Config& config, const Sending& sending) {
    json::Writer body;
    body.begin_object().key("PhoneNumberSet").begin_array().string("+86" + sending.phone).end_array();
    body.field("SmsSdkAppId", config.sms.app_id).field("SignName", config.sms.sign_name);
    body.field("TemplateId", config.sms.template_id);
    body.key("TemplateParamSet").begin_array().string(sending.code);
    body.string(std::to_string(kLifeSeconds / 60)).end_array().end_object();
    const std::string url = base_url(config, "https://sms.tencentcloudapi.com");
    const int64_t seconds = sending.now_ms / 1000;
    const std::vector<Header> headers = {{"content-type", "application/json; charset=utf-8"}, {"host", host_of(url)}};
    http::Outgoing request{"POST", url + "/", {}, std::move(body).take()};
    add(request, headers);
    request.headers.insert(request.headers.end(), {{"X-TC-Action", "SendSms"},
                                                   {"X-TC-Version", "2021-01-11"},
                                                   {"X-TC-Region", config.sms.region},
                                                   {"X-TC-Timestamp", std::to_string(seconds)}});
    request.headers.emplace_back("Authorization",
                                 "TC3-HMAC-SHA256 Credential=" + config.sms.key_id + "/" + utc_day(sending.now_ms) +
                                     "/sms/tc3_request, SignedHeaders=content-type;host, Signature=" +
                                     tc3_signature(sending.key_secret, "sms", seconds, headers, request.body));
    return request;
}

http::Outgoing hook_request(const Config& config, const Sending& sending) {
    json::Writer body;
    body.begin_object().field("phone", sending.phone).field("code", sending.code).field("expiresIn", kLifeSeconds);
    body.end_object();
    const std::string time = std::to_string(sending.now_ms / 1000);
    http::Outgoing request{"POST", config.sms.base_url, {}, std::move(body).take()};
    request.headers = {
        {"Content-Type", "application/json"},
        {"X-Timestamp", time},
        {"X-Delivery-Id", sending.nonce},
        {"X-Signature", hex_hmac(sending.key_secret, request.body)},
        {"X-Signature-2", "t=" + time + ",v1=" + hex_hmac(sending.key_secret, time + "." + request.body)}};
    return request;
}

namespace {

std::string status_word(const http::Answer& answer) { return "status " + std::to_string(answer.status); }

std::string joined(const std::string& code, const std::string& words) {
    return code + (words.empty() ? "" : ": " + std::string(utf8_prefix(words, 200)));
}

}  // namespace

std::string aliyun_refusal(const http::Answer& answer) {
    const auto body = json::parse(answer.body);
    const std::string code = body ? body->text_or("Code") : "";
    if (answer.status == 200 && code == "OK") return {};
    return code.empty() ? status_word(answer) : joined(code, body->text_or("Message"));
}

std::string tencent_refusal(const http::Answer& answer) {
    const auto body = json::parse(answer.body);
    const json::Value* response = body ? body->find("Response") : nullptr;
    if (!response) return status_word(answer);
    if (const json::Value* error = response->find("Error"))
        return joined(error->text_or("Code", "?"), error->text_or("Message"));
    const json::Value* list = response->find("SendStatusSet");
    if (!list || !list->array() || list->array()->size() != 1) return "no SendStatusSet";
    const json::Value& status = list->array()->front();
    return status.text_or("Code") == "Ok" ? "" : joined(status.text_or("Code", "?"), status.text_or("Message"));
}

std::string hook_refusal(const http::Answer& answer) {
    return answer.status >= 200 && answer.status < 300 ? "" : status_word(answer);
}

}  // namespace hy::sms
