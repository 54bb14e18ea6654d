// Whose token opens what: every endpoint below /api that wants one, against every token that is not meant for it.
#include <boost/test/unit_test.hpp>

#include <cstdio>

#include "auth/crypto.h"
#include "auth/tokens.h"
#include "base/encode.h"
#include "base/ids.h"
#include "base/text.h"
#include "e2e/device.h"
#include "json/value.h"

namespace hy::test {

namespace {

struct Endpoint {
    std::string method, path, auth;
};

// Below /api, with parameters that name what is alice's.
std::vector<Endpoint> endpoints(const Device& alices) {
    std::vector<Endpoint> found;
    FILE* pipe = popen(("env -i PATH=\"$PATH\" " + stack().bin + "/hongyanctl routes").c_str(), "r");
    BOOST_REQUIRE(pipe);
    char line[1024];
    while (fgets(line, sizeof line, pipe)) {
        const auto cells = split(line, '\t');
        if (cells.size() < 4 || !cells[1].starts_with("/api") || cells[3] == "-") continue;
        std::string path = cells[1];
        for (const auto& [name, value] : {std::pair<std::string, std::string>{"{robotId}", alices.robot},
                                          {"{code}", alices.code},
                                          {"{userId}", alices.owner.name()}})
            if (const size_t at = path.find(name); at != std::string::npos) path.replace(at, name.size(), value);
        if (path == "/api/robot/commands") path += "?robotId=" + alices.robot;
        found.push_back({cells[0], path, cells[3]});
    }
    pclose(pipe);
    return found;
}

std::string part(const std::string& token, size_t n) { return split(token, '.').at(n); }

// The same claims, signed in ways that must not count.
std::vector<std::pair<std::string, std::string>> forged(const std::string& token) {
    const std::string none = base64url(R"({"alg":"none","typ":"JWT"})"), claims = part(token, 1);
    const std::string other_kid = base64url(R"({"alg":"HS256","typ":"JWT","kid":"k9"})");
    const std::string header = part(token, 0);
    std::string turned = part(token, 2);
    turned[0] = turned[0] == 'A' ? 'B' : 'A';
    const auto by = [](const std::string& key, const std::string& head, const std::string& body) {
        return head + "." + body + "." + base64url(auth::hmac_sha256(key, head + "." + body));
    };
    return {{"alg none", none + "." + claims + "."},
            {"alg none with its signature", none + "." + claims + "." + part(token, 2)},
            {"another key", by("another key of thirty-two bytes!", header, claims)},
            {"an empty key", by("", header, claims)},
            {"another kid", by("another key of thirty-two bytes!", other_kid, claims)},
            {"a turned signature", header + "." + claims + "." + turned},
            {"no signature", header + "." + claims},
            {"not a token", "x"}};
}

// Signed by the house, and over.
std::string expired(const std::string& token, const char* kind) {
    const auto keys = auth::read_keyring(stack().config.auth.token_keys_file);
    auto claims = auth::verify(keys, token, kind, SystemClock().now_ms());
    BOOST_REQUIRE(claims.has_value());
    claims->issued -= 10'000'000;
    claims->expires = SystemClock().now_ms() / 1000 - 1;
    return auth::sign(keys, *claims);
}

Answer ask(const Endpoint& endpoint, const Device& alices, const std::string& token) {
    const std::string body =
        R"({"robotId":")" + alices.robot + R"(","code":")" + alices.code +
        R"(","commandId":"cmd_1","errorCode":0,"receivedName":"x","roomType":2,"type":"text",)"
        R"("titleList":["x"],"content":"x","name":"taken","count":1,"validityPeriod":30,"phone":"13900000000"})";
    return http(stack().url, endpoint.method, endpoint.path,
                {{"Authorization", "Bearer " + token}, {"Content-Type", "application/json"}},
                endpoint.method == "GET" || endpoint.method == "DELETE" ? "" : body);
}

// By the status; at openim by the errCode, as if it were one.
int verdict(const Answer& answer) {
    const auto value = json::parse(answer.body);
    const json::Value* code = value ? value->find("errCode") : nullptr;
    const int64_t number = code ? code->integer().value_or(0) : 0;
    return number == 1002 ? 401 : number == 1003 ? 403 : answer.status;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(permissions)

BOOST_AUTO_TEST_CASE(every_endpoint_and_every_wrong_token) {
    const Device alices(stack().log_in()), bobs(stack().log_in());
    const auto all = endpoints(alices);
    BOOST_TEST(all.size() >= 20u);
    int asked = 0;
    for (const auto& endpoint : all) {
        const bool device = endpoint.auth == "device";
        const std::string& right = device ? alices.token : alices.owner.access;
        std::vector<std::pair<std::string, std::string>> wrong = forged(right);
        wrong.emplace_back("none", "");
        wrong.emplace_back("a refresh token", device ? alices.refresh : alices.owner.refresh);
        wrong.emplace_back("one that is over", expired(right, device ? "robot" : "access"));
        wrong.emplace_back(device ? "a user's" : "a device's", device ? alices.owner.access : alices.token);
        BOOST_TEST_CONTEXT(endpoint.method << " " << endpoint.path) {
            for (const auto& [what, token] : wrong) {
                BOOST_TEST(verdict(ask(endpoint, alices, token)) == 401, what);
                ++asked;
            }
            // Good ones that are somebody else's, or not an admin's.
            if (device) BOOST_TEST(ask(endpoint, alices, bobs.token).status == 403);
            if (endpoint.auth == "admin") BOOST_TEST(verdict(ask(endpoint, alices, alices.owner.access)) == 403);
            if (endpoint.path.find(alices.robot) != std::string::npos && !device)
                BOOST_TEST(ask(endpoint, alices, bobs.owner.access).status == 403);
        }
    }
    BOOST_TEST_MESSAGE(asked << " refused");
    // Nothing of it has done anything.
    BOOST_TEST(alices.report("still mine", "张三", "", true, "1").status == 200);
    BOOST_TEST(stack().call(alices.owner, "GET", "/api/robots/" + alices.robot).status == 200);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace hy::test
