#!/bin/sh
# Run once by the Postgres image, on an empty volume: the owner of the ledger, who migrates it, and the login of the switches.
# Neither is a superuser, so that the guards of the books bind both. The roles of the schema are made here already, because a
# login can only be put into roles that are there; `cardline migrate` leaves them as they are.
set -eu
export OWNER_PASSWORD SWITCH_PASSWORD
psql --no-psqlrc --quiet --set=ON_ERROR_STOP=1 --username="${POSTGRES_USER:-postgres}" --dbname=postgres <<'SQL'
\getenv owner_password OWNER_PASSWORD
\getenv switch_password SWITCH_PASSWORD
create role cardline login createrole password :'owner_password';
create database cardline owner cardline;
create role cardline_owner;
create role cardline_writer;
create role cardline_reader;
create role cardline_verifier;
create role cardline_closer;
grant cardline_owner, cardline_writer, cardline_reader, cardline_verifier, cardline_closer to cardline with admin option;
create role cardline_switch login password :'switch_password'
    in role cardline_writer, cardline_reader, cardline_verifier, cardline_closer;
SQL
