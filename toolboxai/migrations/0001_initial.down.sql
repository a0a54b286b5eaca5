DROP TABLE uploads;
DROP TABLE tools;
DROP TABLE users;
