// Whether the tables of a house agree with each other: everything that must hold between
// rows whatever happened before, crashes and lost connections included. The rules are SQL
// texts in house_check.cpp; each answers the rows that break it. Knows nothing of the
// product's code, so that any driver can ask, of a scratch schema or of a running stack.
#pragma once
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace hy::test {

// Runs a SELECT of one text column and gives its rows, for example
//   [&](const std::string& sql) {
//       std::vector<std::string> rows;
//       session << sql, Poco::Data::Keywords::into(rows), Poco::Data::Keywords::now;
//       return rows;
//   }
// On a house where people write meanwhile, all of it on one session, in a transaction begun
// with "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ" and "START TRANSACTION WITH
// CONSISTENT SNAPSHOT": rules compare tables with each other.
using Asker = std::function<std::vector<std::string>(const std::string& sql)>;

// When a rule holds. `settled`: nobody writes, and the sweepers have had their time.
// `young`: housekeeping has deleted nothing for its age yet (30 days, *.keep_days).
// `signed_in`: accounts come from the sign-in only, none were made by a test's own hands.
enum class Holds { always, settled, young, signed_in };

struct HouseRule {
    const char* name;
    Holds holds;
    const char* tables;  // those it watches, separated by blanks
    const char* sql;     // what breaks it, one text a row
};
std::span<const HouseRule> house_rules();

struct HouseState {
    bool settled = false, young = true, signed_in = false;
};

// Every rule that holds in that state is asked; what breaks one is told as "rule: row", at most
// a few rows of each. Empty: the house is in order.
std::vector<std::string> check_house(const Asker& ask, const HouseState& state = {});
// In one line, for a test's message.
std::string joined(const std::vector<std::string>& faults);

}  // namespace hy::test
