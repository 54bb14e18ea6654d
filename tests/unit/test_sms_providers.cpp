// What providers of SMS are sent, against the examples that their own documents sign.
#include <boost/test/unit_test.hpp>

#include <algorithm>

#include "auth/crypto.h"
#include "base/encode.h"
#include "core/sms.h"
#include "core/sms_providers.h"
#include "json/value.h"

using namespace hy;

namespace {

Config settings() {
    Config config;
    config.sms.key_id = "the-key-id";
    config.sms.sign_name = "鸿雁";
    config.sms.template_id = "SMS_1";
    config.sms.app_id = "1400000000";
    return config;
}

const sms::Sending kSending{"13800000000", "042137", 1'700'000'000'000, "0123456789abcdef", "the secret"};

std::string header(const http::Outgoing& request, const std::string& name) {
    for (const auto& [key, value] : request.headers)
        if (key == name) return value;
    return "(none)";
}

bool holds(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

BOOST_AUTO_TEST_SUITE(sms_providers)

// "Request syntax and signature method V3", the fixed parameters of its example.
BOOST_AUTO_TEST_CASE(aliyuns_own_example) {
    const std::string nothing = to_hex(auth::sha256(""));
    const std::vector<sms::Header> headers = {{"host", "ecs.cn-shanghai.aliyuncs.com"},
                                              {"x-acs-action", "RunInstances"},
                                              {"x-acs-content-sha256", nothing},
                                              {"x-acs-date", "2023-10-26T10:22:32Z"},
                                              {"x-acs-signature-nonce", "3156853299f313e23d1673dc12e1703d"},
                                              {"x-acs-version", "2014-05-26"}};
    const std::string query = "ImageId=win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd&RegionId=cn-shanghai";
    const auto sign = [&](const char* secret, const std::string& asked) {
        return sms::acs3_signature(secret, "POST", asked, headers, nothing);
    };
    BOOST_TEST(sign("YourAccessKeySecret", query) ==
               "06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0");
    BOOST_TEST(sign("YourAccessKeySecreT", query) != sign("YourAccessKeySecret", query));
    BOOST_TEST(sign("YourAccessKeySecret", query + "1") != sign("YourAccessKeySecret", query));
}

// "Signature v3", whose example is signed with the asterisks in its key.
BOOST_AUTO_TEST_CASE(tencents_own_example) {
    const std::vector<sms::Header> headers = {{"content-type", "application/json; charset=utf-8"},
                                              {"host", "cvm.tencentcloudapi.com"}};
    const std::string body =
        R"({"Limit": 1, "Filters": [{"Values": ["\u672a\u547d\u540d"], "Name": "instance-name"}]})";
    const auto sign = [&](int64_t seconds) {
        return sms::tc3_signature("Gu5t9xGARNpq86cd98joQYCN3*******", "cvm", seconds, headers, body);
    };
    BOOST_TEST(sign(1551113065) == "2230eefd229f582d8b1b891af7107b91597240707d778ab3738f756258d7652c");
    BOOST_TEST(sign(1551113066) != sign(1551113065));
}

BOOST_AUTO_TEST_CASE(what_aliyun_is_sent) {
    const auto request = sms::aliyun_request(settings(), kSending);
    BOOST_TEST(request.method == "POST");
    BOOST_TEST(request.url ==
               "https://dysmsapi.aliyuncs.com/?PhoneNumbers=13800000000&SignName=%E9%B8%BF%E9%9B%81&TemplateCode=SMS_1"
               "&TemplateParam=%7B%22code%22%3A%22042137%22%7D");
    BOOST_TEST(header(request, "x-acs-action") == "SendSms");
    BOOST_TEST(header(request, "x-acs-version") == "2017-05-25");
    BOOST_TEST(header(request, "x-acs-date") == "2023-11-14T22:13:20Z");
    BOOST_TEST(header(request, "host") == "(none)", "curl sends it");
    const std::string line = header(request, "Authorization");
    BOOST_TEST(line.starts_with("ACS3-HMAC-SHA256 Credential=the-key-id,SignedHeaders=host;x-acs-action;"));
    BOOST_TEST(!holds(line + request.url, "the secret"));
}

BOOST_AUTO_TEST_CASE(what_tencent_is_sent) {
    const auto request = sms::tencent_request(settings(), kSending);
    BOOST_TEST(request.url == "https://sms.tencentcloudapi.com/");
    BOOST_TEST(request.body == R"({"PhoneNumberSet":["+8613800000000"],"SmsSdkAppId":"1400000000","SignName":"鸿雁",)"
                               R"("TemplateId":"SMS_1","TemplateParamSet":["042137","5"]})");
    BOOST_TEST(header(request, "X-TC-Action") == "SendSms");
    BOOST_TEST(header(request, "X-TC-Timestamp") == "1700000000");
    const std::string line = header(request, "Authorization");
    BOOST_TEST(line.starts_with("TC3-HMAC-SHA256 Credential=the-key-id/2023-11-14/sms/tc3_request, "));
}

BOOST_AUTO_TEST_CASE(what_a_hook_is_sent) {
    Config config = settings();
    config.sms.base_url = "https://hook.example/sms";
    const auto request = sms::hook_request(config, kSending);
    BOOST_TEST(request.url == "https://hook.example/sms");
    BOOST_TEST(request.body == R"({"phone":"13800000000","code":"042137","expiresIn":300})");
    BOOST_TEST(header(request, "X-Signature") == to_hex(auth::hmac_sha256("the secret", request.body)));
    BOOST_TEST(header(request, "X-Signature-2") ==
               "t=1700000000,v1=" + to_hex(auth::hmac_sha256("the secret", "1700000000." + request.body)));
}

BOOST_AUTO_TEST_CASE(another_address_of_a_provider) {
    Config config = settings();
    config.sms.base_url = "http://127.0.0.1:9999/";
    BOOST_TEST(sms::aliyun_request(config, kSending).url.starts_with("http://127.0.0.1:9999/?PhoneNumbers="));
    BOOST_TEST(sms::tencent_request(config, kSending).url == "http://127.0.0.1:9999/");
}

BOOST_AUTO_TEST_CASE(how_they_say_yes_and_no) {
    BOOST_TEST(sms::aliyun_refusal({200, R"({"Code":"OK","Message":"OK","BizId":"1"})"}) == "");
    BOOST_TEST(sms::aliyun_refusal({200, R"({"Code":"isv.BUSINESS_LIMIT_CONTROL","Message":"too many"})"}) ==
               "isv.BUSINESS_LIMIT_CONTROL: too many");
    BOOST_TEST(sms::aliyun_refusal({403, R"({"Code":"OK"})"}) != "");
    BOOST_TEST(sms::aliyun_refusal({200, "<html>"}) == "status 200");
    const std::string sent =
        R"({"Response":{"SendStatusSet":[{"Code":"Ok","Message":"send success"}],"RequestId":"r"}})";
    BOOST_TEST(sms::tencent_refusal({200, sent}) == "");
    BOOST_TEST(sms::tencent_refusal({200, R"({"Response":{"Error":{"Code":"AuthFailure","Message":"no"}}})"}) ==
               "AuthFailure: no");
    BOOST_TEST(
        sms::tencent_refusal({200, R"({"Response":{"SendStatusSet":[{"Code":"LimitExceeded","Message":"m"}]}})"}) ==
        "LimitExceeded: m");
    BOOST_TEST(sms::tencent_refusal({200, R"({"Response":{"SendStatusSet":[]}})"}) != "");
    BOOST_TEST(sms::tencent_refusal({500, ""}) == "status 500");
    BOOST_TEST(sms::hook_refusal({204, ""}) == "");
    for (const int status : {199, 302, 400, 500}) BOOST_TEST(sms::hook_refusal({status, "{}"}) != "");
}

BOOST_AUTO_TEST_CASE(phones) {
    for (const char* good : {"13800000000", "19912345678", "15000000000"}) BOOST_TEST(sms::valid_phone(good));
    for (const char* bad : {"", "12800000000", "1380000000", "138000000000", "23800000000", "1380000000a",
                            "+8613800000000", " 13800000000", "１３８00000000"})
        BOOST_TEST(!sms::valid_phone(bad), bad);
}

BOOST_AUTO_TEST_CASE(web_addresses) {
    for (const char* good : {"http://a", "https://a.example/x?y#z", "http://127.0.0.1:80/", "https://[::1]:8/"})
        BOOST_TEST(http::is_web_address(good), good);
    for (const char* bad : {"", "a.example", "ftp://a", "file:///etc/passwd", "http://", "https:///x", "http://a b",
                            "http://u:p@a/", "http://a\r\nX: y", "javascript:alert(1)", "http://a\\b"})
        BOOST_TEST(!http::is_web_address(bad), bad);
}

BOOST_AUTO_TEST_SUITE_END()
