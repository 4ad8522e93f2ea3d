curl "$TIMEBACK_API_URL/edubridge/enrollments/user/$USER_ID" \
 -H "Authorization: Bearer $ACCESS_TOKEN"
