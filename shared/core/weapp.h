// Signing in with WeChat: a mini-program's code becomes an openid, an openid an account.
#pragma once
#include <string>
#include <vector>

#include "core/accounts.h"
#include "core/house.h"
#include "http/client.h"

namespace hy::weapp {

struct App {
    std::string id, secret;
};
// weapp.apps_file: one `appid secret` a line.
std::vector<App> read_apps(const Config& config);

struct Person {
    std::string appid, openid, unionid;
};

// Asks jscode2session (WeChat's document "code2Session"). Never inside a transaction.
// Throws bad_request "weapp.appid" (unknown appid), bad_request "weapp.refused" with WeChat's
// words in detail, upstream "weapp.away", unavailable "weapp.busy".
Person exchange(const House& house, const std::vector<App>& apps, http::CallGate& gate, const std::string& code,
                const std::string& appid);

// The account of that person; made at the first login (nickname 微信用户).
accounts::Account account_of(db::Session& s, const House& house, const Person& person);

}  // namespace hy::weapp
