DROP TABLE hydra_oauth2_pkce;
DROP TABLE hydra_oauth2_oidc;
DROP TABLE hydra_oauth2_code;
DROP TABLE hydra_oauth2_refresh;
DROP TABLE hydra_oauth2_access;
